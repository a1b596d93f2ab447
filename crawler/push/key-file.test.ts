import { verify, createPublicKey } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parsePrivateKey } from "../../schema/private-key.ts";
import { generateKey, KeyFileError, MAX_KEY_LENGTH, readKey, readKeyFile, writeKeyFile } from "./key-file.ts";

const folder = await mkdtemp(join(tmpdir(), "seedcast-key-"));
afterAll(() => rm(folder, { recursive: true }));

/** RFC 8037 appendix A.1. */
const RFC_KEY = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};

describe("readKey", () => {
  it("knows the key of RFC 8037 by its thumbprint and signs as in appendix A.4", async () => {
    const key = await readKey(JSON.stringify({ ...RFC_KEY, kid: "ignored" }));
    expect(key.id).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    const signature = await key.sign(new TextEncoder().encode("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));
    expect(Buffer.from(signature).toString("base64url")).toBe(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
  });

  it.each([
    ["no JSON", "{"],
    ["another type", '{"kty":"RSA"}'],
    ["a public key", JSON.stringify({ ...RFC_KEY, d: undefined })],
    ["halves that do not belong together", JSON.stringify({ ...RFC_KEY, x: parsePrivateKey(generateKey()).x })],
    ["too much", `${JSON.stringify(RFC_KEY)}${" ".repeat(MAX_KEY_LENGTH)}`],
  ])("refuses %s, and never quotes it", async (_, text) => {
    const error = await readKey(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(KeyFileError);
    expect(String(error)).not.toContain(RFC_KEY.d);
  });
});

describe("key files", () => {
  it("are made for their owner alone, and read back", async () => {
    const file = join(folder, "new.key.json");
    const text = generateKey();
    await writeKeyFile(file, text);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const key = await readKeyFile(file);
    const data = Uint8Array.of(1, 2, 3);
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key.publicKey }, format: "jwk" });
    expect(verify(null, data, publicKey, await key.sign(data))).toBe(true);
  });

  it("are never overwritten", async () => {
    const file = join(folder, "kept.key.json");
    await writeFile(file, "mine");
    await expect(writeKeyFile(file, generateKey())).rejects.toThrow(`${file}: exists already; a key is never overwritten`);
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  it("are named in what is said of them", async () => {
    await expect(readKeyFile(join(folder, "none"))).rejects.toThrow(/none: no such file or folder$/);
    await expect(readKeyFile(folder)).rejects.toThrow(`${folder}: is a folder`);
    await expect(writeKeyFile(join(folder, "none", "key"), "x")).rejects.toThrow(/no such file or folder$/);
    const file = join(folder, "bad.json");
    await writeFile(file, "[]");
    await chmod(file, 0o600);
    await expect(readKeyFile(file)).rejects.toThrow(new RegExp(`^${file}: private key is not`));
  });
});
