/** Where certificates come from, and that those we make are what nodes make. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHIA_AUTHORITY, CHIA_AUTHORITY_FINGERPRINT } from "./authority.ts";
import { CertificateError, certificateSource, loadCertificate } from "./certificate.ts";
import { issuePair, newAuthority } from "./test-node.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "seedcast-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("Chia's authority", () => {
  it("is the published one", () => {
    const certificate = new X509Certificate(CHIA_AUTHORITY.certPem);
    expect(certificate.fingerprint256).toBe(CHIA_AUTHORITY_FINGERPRINT);
    expect(certificate.subject).toBe("O=Chia\nCN=Chia CA\nOU=Organic Farming Division");
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(CHIA_AUTHORITY.keyPem))).toBe(true);
    expect(certificate.validToDate.getFullYear()).toBe(2037);
  });
});

describe("a made certificate", () => {
  it("looks like a node's own", async () => {
    const authority = await newAuthority("CN=Test CA, O=Test");
    const { certPem, fingerprint } = await loadCertificate({ authority });
    const certificate = new X509Certificate(certPem);
    expect(certificate.subject).toBe("CN=Chia\nO=Chia\nOU=Organic Farming Division");
    expect(certificate.subjectAltName).toBe("DNS:chia.net");
    expect(certificate.checkIssued(new X509Certificate(authority.certPem))).toBe(true);
    expect(certificate.verify(new X509Certificate(authority.certPem).publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2_048 });
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now() - 80_000_000);
    expect(certificate.validToDate.toISOString()).toBe("2100-08-02T00:00:00.000Z");
    expect(fingerprint).toBe(certificate.fingerprint256);
  });

  it("is another one each time, but one to each source", async () => {
    const options = {};
    const source = certificateSource(options);
    const [first, again] = await Promise.all([source(), source()]);
    expect(again).toBe(first);
    expect((await loadCertificate(options)).fingerprint).not.toBe(first.fingerprint);
  });

  it("is kept in a folder, for its owner's eyes only", async () => {
    const options = { folder: join(folder, "new") };
    const [first, second] = await Promise.all([loadCertificate(options), loadCertificate(options)]);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect((await loadCertificate(options)).fingerprint).toBe(first.fingerprint);
    expect(readdirSync(options.folder)).toEqual(["chia.pem"]);
    const file = join(options.folder, "chia.pem");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe(first.certPem);
  });
});

describe("a certificate of the user's own", () => {
  it("is taken with its key, and checked", async () => {
    const authority = await newAuthority();
    const { cert, key } = await issuePair(authority);
    const other = await issuePair(await newAuthority());
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const [certFile, keyFile] = [write("a.crt", cert), write("a.key", key)];
    const load = (own: { certFile: string; keyFile: string }) => loadCertificate({ authority, own });
    await expect(load({ certFile, keyFile })).resolves.toMatchObject({ fingerprint: new X509Certificate(cert).fingerprint256 });
    await expect(load({ certFile: join(folder, "none"), keyFile })).rejects.toThrow("none: cannot be read");
    await expect(load({ certFile: write("b.crt", other.cert), keyFile })).rejects.toThrow(
      "b.crt: is not signed by the network's authority",
    );
    await expect(load({ certFile, keyFile: write("b.key", other.key) })).rejects.toThrow("a.crt: is no certificate with its key");
    await expect(load({ certFile: write("c.crt", "rubbish"), keyFile })).rejects.toBeInstanceOf(CertificateError);
  });
});

it.each([
  ["a folder that cannot be made", "file"],
  ["a kept certificate that is none", "folder"],
])("names the file of %s", async (_, kind) => {
  const file = join(folder, "chia.pem");
  writeFileSync(file, "rubbish");
  const load = loadCertificate({ folder: kind === "file" ? join(file, "deeper") : folder });
  await expect(load).rejects.toThrow(/^\/.*chia\.pem.*: (cannot be|is no)/);
});
