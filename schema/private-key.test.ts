import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parsePrivateKey, PrivateKeyError, signerOf } from "./private-key.ts";

/** RFC 8037 appendix A.1. */
const KEY = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
} as const;

describe("parsePrivateKey", () => {
  it("reads a JWK and drops what it does not know", () => {
    expect(parsePrivateKey(JSON.stringify({ ...KEY, kid: "x" }))).toEqual(KEY);
  });

  it.each([
    "",
    "null",
    "{",
    "[]",
    JSON.stringify({ ...KEY, d: undefined }),
    JSON.stringify({ ...KEY, crv: "X25519" }),
    JSON.stringify({ ...KEY, d: "short" }),
  ])("refuses %s without quoting it", (text) => {
    expect(() => parsePrivateKey(text)).toThrow(PrivateKeyError);
    expect(() => parsePrivateKey(text)).toThrow(/^private key is not/);
  });
});

describe("signerOf", () => {
  it("signs as RFC 8037 appendix A.4 does", async () => {
    const signer = await signerOf(parsePrivateKey(JSON.stringify(KEY)), webcrypto.subtle);
    const signature = await signer.sign(new TextEncoder().encode("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));
    expect(signer.id).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    expect(Buffer.from(signature).toString("base64url")).toBe(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
  });
});
