/** A certificate for a test's TLS server. */
import { execFile } from "node:child_process";
import { isIP } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface CertificateFiles {
  /** The certificate, which signs itself: whoever trusts this file trusts the server. */
  readonly certificate: string;
  readonly key: string;
}

/** Makes a self-signed certificate for names and IP addresses, good for two days, as PEM files in a folder. */
export async function makeCertificate(names: readonly string[], folder: string): Promise<CertificateFiles> {
  const certificate = join(folder, "front.crt");
  const key = join(folder, "front.key");
  const alternatives = names.map((name) => `${isIP(name) === 0 ? "DNS" : "IP"}:${name}`);
  const subject = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${alternatives.join()}`];
  const keyKind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("openssl", ["req", "-x509", "-days", "2", ...keyKind, ...subject, "-keyout", key, "-out", certificate]);
  return { certificate, key };
}
