import { webcrypto } from "node:crypto";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64 } from "@scure/base";
import * as fc from "fast-check";
import { isInnerList, parseDictionary } from "structured-headers";
import { describe, expect, it } from "vitest";
import { SIGNATURE_PROFILE } from "./api.ts";
import { contentDigest, signatureBase, SignatureError, signRequest, verifyRequest, type SignatureRefusal } from "./http-signature.ts";
import { signerOf } from "./private-key.ts";

const crypto = webcrypto.subtle;

/** RFC 9421 appendix B.1.4, test-key-ed25519. */
const KEY = {
  kty: "OKP",
  crv: "Ed25519",
  d: "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
  x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
} as const;

const NOW = 1_800_000_000;
const URL_TEXT = "https://seed.example.org/v1/networks/navio/reports";
const BODY = utf8ToBytes('{"seq":1}');

interface Sent {
  method: string;
  url: string;
  body?: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

async function sign(
  overrides: Partial<{ method: string; url: string; body: typeof BODY; created: number; nonce: string }> = {},
): Promise<Sent> {
  const request = { method: "POST", url: URL_TEXT, body: BODY, created: NOW, nonce: "0123456789abcdef", ...overrides };
  return { ...request, headers: await signRequest({ ...request, signer: await signerOf(KEY, crypto), crypto }) };
}

function verify(sent: Sent, options: { now?: number; publicKey?: string | undefined } = {}) {
  const { now = NOW } = options;
  const publicKey = "publicKey" in options ? options.publicKey : KEY.x;
  const request = { method: sent.method, url: sent.url, header: (name: string) => sent.headers[name] ?? null };
  return verifyRequest(request, { crypto, now, findKey: () => publicKey, ...(sent.body && { body: sent.body }) });
}

async function refusal(outcome: Promise<unknown>): Promise<SignatureRefusal | "accepted"> {
  try {
    await outcome;
    return "accepted";
  } catch (error) {
    if (error instanceof SignatureError) return error.reason;
    throw error;
  }
}

describe("the signature base", () => {
  it("gives the signature of RFC 9421 appendix B.2.6", async () => {
    const text = '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
    const input = parseDictionary(`sig-b26=${text}`).get("sig-b26");
    if (input === undefined || !isInnerList(input)) throw new Error("the vector is not an inner list");
    const base = signatureBase(input, {
      method: "POST",
      url: "https://example.com/foo?param=Value&Pet=dog",
      headers: { date: "Tue, 20 Apr 2021 02:07:55 GMT", "content-type": "application/json", "content-length": "18" },
    });
    const signature = await (await signerOf(KEY, crypto)).sign(base);
    expect(base64.encode(signature)).toBe("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
  });

  it("digests a body as RFC 9530 appendix D does", async () => {
    const body = utf8ToBytes('{"hello": "world"}\n');
    expect(await contentDigest(body, crypto)).toBe("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
  });
});

describe("verifyRequest", () => {
  it("accepts what signRequest signed, and says who and when", async () => {
    const claim = await verify(await sign());
    expect(claim).toMatchObject({ nonce: "0123456789abcdef", created: NOW });
    expect(claim.keyId).toBe((await signerOf(KEY, crypto)).id);
  });

  it("accepts a GET, which has no body to bind", async () => {
    const headers = await signRequest({
      method: "GET",
      url: URL_TEXT,
      created: NOW,
      nonce: "n".repeat(16),
      signer: await signerOf(KEY, crypto),
      crypto,
    });
    expect(Object.keys(headers)).toEqual(["signature-input", "signature"]);
    await expect(verify({ method: "GET", url: URL_TEXT, headers })).resolves.toMatchObject({ created: NOW });
  });

  it("binds the empty body of a POST without one", async () => {
    const headers = await signRequest({
      method: "POST",
      url: URL_TEXT,
      created: NOW,
      nonce: "n".repeat(16),
      signer: await signerOf(KEY, crypto),
      crypto,
    });
    expect(await refusal(verify({ method: "POST", url: URL_TEXT, headers }))).toBe("accepted");
    expect(await refusal(verify({ method: "POST", url: URL_TEXT, headers, body: BODY }))).toBe("digest-mismatch");
  });

  it.each<[string, SignatureRefusal, (sent: Sent) => Sent]>([
    ["no signature", "signature-missing", (sent) => ({ ...sent, headers: {} })],
    ["no signature-input", "signature-missing", without("signature-input")],
    ["another method", "signature-invalid", (sent) => ({ ...sent, method: "PUT" })],
    ["another method that binds no body", "signature-malformed", (sent) => ({ ...sent, method: "GET" })],
    ["another host", "signature-invalid", (sent) => ({ ...sent, url: sent.url.replace("seed.", "evil.") })],
    ["another path", "signature-invalid", (sent) => ({ ...sent, url: sent.url.replace("navio", "bitcoin") })],
    ["another query", "signature-invalid", (sent) => ({ ...sent, url: `${sent.url}?after=x` })],
    ["another body", "digest-mismatch", (sent) => ({ ...sent, body: utf8ToBytes('{"seq":2}') })],
    ["no digest", "digest-mismatch", without("content-digest")],
    ["another digest", "signature-invalid", edit("content-digest", (text) => text.replace(/:.{4}/, ":AAAA"))],
    ["text for a digest", "signature-invalid", edit("content-digest", () => "sha-256=1")],
    ["text that is no structured field", "signature-malformed", edit("signature", () => "sig=:::")],
    ["two signatures", "signature-malformed", edit("signature", (text) => `${text}, other=:AAAA:`)],
    ["labels that differ", "signature-malformed", edit("signature", (text) => text.replace("sig=", "sig1="))],
    ["a short signature", "signature-malformed", edit("signature", () => "sig=:AAAA:")],
    ["a signature that is a list", "signature-malformed", edit("signature", () => "sig=(1 2)")],
    ["an input that is no list", "signature-malformed", edit("signature-input", () => "sig=1")],
    ["a component left out", "signature-malformed", edit("signature-input", (text) => text.replace(' "@target-uri"', ""))],
    [
      "components in another order",
      "signature-malformed",
      edit("signature-input", (text) => text.replace('"@method" "@target-uri"', '"@target-uri" "@method"')),
    ],
    ["a component with a parameter", "signature-malformed", edit("signature-input", (text) => text.replace('"@method"', '"@method";req'))],
    ["a parameter of its own", "signature-malformed", edit("signature-input", (text) => `${text};tag="x"`)],
    ["no created", "signature-malformed", edit("signature-input", (text) => text.replace(/created=\d+/, "created"))],
    ["a fractional created", "signature-malformed", edit("signature-input", (text) => text.replace(/created=\d+/, "created=1.5"))],
    ["no keyid", "signature-malformed", edit("signature-input", (text) => text.replace(/;keyid="[^"]*"/, ""))],
    ["another algorithm", "signature-malformed", edit("signature-input", (text) => text.replace("ed25519", "hmac-sha256"))],
    ["a changed nonce", "signature-invalid", edit("signature-input", (text) => text.replace("0123456789abcdef", "1123456789abcdef"))],
    ["a changed date", "signature-invalid", edit("signature-input", (text) => text.replace(String(NOW), String(NOW + 1)))],
    ["a short nonce", "signature-malformed", edit("signature-input", (text) => text.replace("0123456789abcdef", "0123456789abcde"))],
    ["a long nonce", "signature-malformed", edit("signature-input", (text) => text.replace("0123456789abcdef", "n".repeat(65)))],
  ])("refuses %s", async (_what, reason, tamper) => {
    expect(await refusal(verify(tamper(await sign())))).toBe(reason);
  });

  it("refuses a key that nobody enrolled, and another key's signature", async () => {
    expect(await refusal(verify(await sign(), { publicKey: undefined }))).toBe("key-unknown");
    expect(await refusal(verify(await sign(), { publicKey: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }))).toBe("signature-invalid");
  });

  it.each([-1, 1])("takes a clock that is off by up to the limit, not more (direction %i)", async (direction) => {
    const { maxSkewSeconds } = SIGNATURE_PROFILE;
    const sent = await sign({ created: NOW + direction * maxSkewSeconds });
    expect(await refusal(verify(sent))).toBe("accepted");
    expect(await refusal(verify(sent, { now: NOW - direction }))).toBe("signature-stale");
  });

  it("never fails in any other way, whatever the headers hold", async () => {
    const header = fc.oneof(fc.string(), fc.constantFrom("sig=()", 'sig=("@method")', "sig=:AA==:", "sig=@1", 'sig=%"a"', "a,b,c"));
    await fc.assert(
      fc.asyncProperty(fc.record({ "signature-input": header, signature: header, "content-digest": header }), async (headers) => {
        const outcome = await refusal(verify({ method: "POST", url: URL_TEXT, headers, body: BODY }));
        expect(["signature-missing", "signature-malformed"]).toContain(outcome);
      }),
    );
  });

  it("refuses a valid request in which any one character of any header is another", async () => {
    const sent = await sign();
    const names = Object.keys(sent.headers);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.constantFrom(..."aZ09+/=;".split("")), async (name, at, character) => {
        const text = sent.headers[name]!;
        const i = at % text.length;
        fc.pre(text[i] !== character);
        const changed = { ...sent.headers, [name]: text.slice(0, i) + character + text.slice(i + 1) };
        // The last base64 digit has unused bits: another spelling of the same octets is no forgery.
        fc.pre(name === "signature-input" || i < text.length - 4);
        expect(await refusal(verify({ ...sent, headers: changed }))).not.toBe("accepted");
      }),
    );
  });
});

function without(name: string): (sent: Sent) => Sent {
  return (sent) => ({ ...sent, headers: Object.fromEntries(Object.entries(sent.headers).filter(([each]) => each !== name)) });
}

function edit(name: string, change: (text: string) => string): (sent: Sent) => Sent {
  return (sent) => ({ ...sent, headers: { ...sent.headers, [name]: change(sent.headers[name]!) } });
}
