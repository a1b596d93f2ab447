/**
 * Signed requests: HTTP Message Signatures (RFC 9421) with Ed25519, the body bound by Content-Digest (RFC 9530).
 * The profile is narrow on purpose (`SIGNATURE_PROFILE`): one signature, fixed components in a fixed order, known parameters
 * only. A verifier that accepts less has less to get wrong.
 */
import { base64, base64urlnopad } from "@scure/base";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { createSignatureBase, formatSignatureBase } from "http-message-signatures/lib/httpbis/index.js";
import { isInnerList, parseDictionary, serializeDictionary, serializeInnerList, type Dictionary, type InnerList } from "structured-headers";
import { SIGNATURE_PROFILE } from "./api.ts";
import type { Signer } from "./private-key.ts";

/** Why a signed request was refused. Stable: each is a problem type of the API. */
export const SIGNATURE_REFUSALS = [
  "signature-missing", // no Signature or Signature-Input
  "signature-malformed", // not one signature by the profile
  "signature-stale", // `created` is too far from the verifier's clock
  "key-unknown", // nobody enrolled this key here
  "signature-invalid", // not made by that key over this request
  "digest-mismatch", // the body is not the signed one, or its digest is missing
] as const;
export type SignatureRefusal = (typeof SIGNATURE_REFUSALS)[number];

/** A request that does not prove who sent it. */
export class SignatureError extends Error {
  override name = "SignatureError";
  readonly reason: SignatureRefusal;
  constructor(reason: SignatureRefusal, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** The part of WebCrypto that both directions need: `crypto.subtle` of Node and of Workers both are one. */
export interface DigestCrypto {
  digest(algorithm: "SHA-256", data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
}
export interface VerifyingCrypto<Key> {
  importKey(format: "raw", key: Uint8Array<ArrayBuffer>, algorithm: "Ed25519", extractable: boolean, usages: "verify"[]): Promise<Key>;
  verify(algorithm: "Ed25519", key: Key, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

export interface RequestToSign {
  readonly method: string;
  /** The absolute URL in the URL standard's normal form, as `new URL(text).href` gives it; the edge must see the same. */
  readonly url: string;
  /** The exact octets to send. Left out on GET, empty where another method has no body. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signer: Signer;
  readonly crypto: DigestCrypto;
  /** Unix seconds. */
  readonly created: number;
  /** 16–64 printable ASCII characters, never used before with this key. */
  readonly nonce: string;
}

/** A GET carries no body to bind; every other method does, if only an empty one. */
const componentsOf = (method: string): readonly string[] =>
  method === "GET" ? SIGNATURE_PROFILE.componentsWithoutBody : SIGNATURE_PROFILE.components;

/** RFC 9530 §2: `sha-256=:…:` of these octets. */
export async function contentDigest(body: Uint8Array<ArrayBuffer>, crypto: DigestCrypto): Promise<string> {
  return `sha-256=:${base64.encode(new Uint8Array(await crypto.digest("SHA-256", body)))}:`;
}

/** The headers that sign a request: `content-digest` (but on GET), `signature-input` and `signature`. */
export async function signRequest(request: RequestToSign): Promise<Record<string, string>> {
  const { method, url, body, signer, crypto, created, nonce } = request;
  const headers: Record<string, string> = {};
  if (method !== "GET") headers["content-digest"] = await contentDigest(body ?? new Uint8Array(), crypto);
  const input: InnerList = [
    componentsOf(method).map((name) => [name, new Map()]),
    new Map<string, string | number>([
      ["created", created],
      ["nonce", nonce],
      ["keyid", signer.id],
      ["alg", SIGNATURE_PROFILE.algorithm],
    ]),
  ];
  const signature = await signer.sign(signatureBase(input, { method, url, headers }));
  return {
    ...headers,
    "signature-input": serializeDictionary(new Map([["sig", input]])),
    signature: serializeDictionary(new Map([["sig", [signature, new Map()]]])),
  };
}

/** A request as the verifier received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  /** A header's value, or null where it is absent; `name` is lower case. */
  readonly header: (name: string) => string | null;
}

/** Who signed, and what makes the request unique. Nothing of it is proven before `verifySignature` has passed. */
export interface SignatureClaim {
  readonly keyId: string;
  readonly nonce: string;
  /** Unix seconds. */
  readonly created: number;
  readonly input: InnerList;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** Reads the one signature of a request and checks its form and date at `now` (Unix seconds). Throws `SignatureError`. */
export function readSignature(request: ReceivedRequest, now: number): SignatureClaim {
  const input = onlyMember(request.header("signature-input"), "signature-input");
  const signature = onlyMember(request.header("signature"), "signature");
  if (input.label !== signature.label) throw malformed("signature and signature-input have different labels");
  if (!isInnerList(input.value)) throw malformed("signature-input is not a list of components");
  const [items, params] = input.value;
  const names = items.map(([name, itemParams]) => (itemParams.size === 0 ? name : undefined));
  const expected = componentsOf(request.method);
  if (names.length !== expected.length || expected.some((name, i) => names[i] !== name)) {
    throw malformed(`the signature must cover exactly: ${expected.join(" ")}`);
  }
  for (const name of params.keys()) {
    if (!["created", "nonce", "keyid", "alg"].includes(name))
      throw malformed("the signature has a parameter that the profile does not know");
  }
  if (isInnerList(signature.value) || !(signature.value[0] instanceof ArrayBuffer) || signature.value[0].byteLength !== 64) {
    throw malformed("the signature is not 64 octets");
  }
  const claim = { ...readParameters(params), input: input.value, signature: new Uint8Array(signature.value[0]) };
  if (Math.abs(now - claim.created) > SIGNATURE_PROFILE.maxSkewSeconds) {
    throw new SignatureError("signature-stale", `created is more than ${SIGNATURE_PROFILE.maxSkewSeconds} s from the time here, ${now}`);
  }
  return claim;
}

function readParameters(params: InnerList[1]): { keyId: string; nonce: string; created: number } {
  const created = params.get("created");
  const nonce = params.get("nonce");
  const keyId = params.get("keyid");
  const alg = params.get("alg");
  if (typeof created !== "number" || !Number.isSafeInteger(created)) throw malformed("created is not an integer");
  if (typeof keyId !== "string") throw malformed("keyid is not a string");
  if (alg !== undefined && alg !== SIGNATURE_PROFILE.algorithm) throw malformed("alg is not ed25519");
  const { minNonceLength, maxNonceLength } = SIGNATURE_PROFILE;
  if (typeof nonce !== "string" || nonce.length < minNonceLength || nonce.length > maxNonceLength) {
    throw malformed(`nonce is not a string of ${minNonceLength} to ${maxNonceLength} characters`);
  }
  return { created, nonce, keyId };
}

/**
 * Checks that the claimed signature was made with `publicKey` (raw, base64url) over this request. The body is proven only
 * together with `verifyBody`, so that nobody unknown makes us read one. Throws `SignatureError`.
 */
export async function verifySignature<Key>(
  request: ReceivedRequest,
  claim: SignatureClaim,
  publicKey: string,
  crypto: VerifyingCrypto<Key>,
): Promise<void> {
  const headers: Record<string, string> = {};
  if (request.method !== "GET") {
    const digest = request.header("content-digest");
    if (digest === null) throw new SignatureError("digest-mismatch", "content-digest is missing");
    headers["content-digest"] = digest;
  }
  const base = signatureBase(claim.input, { method: request.method, url: request.url, headers });
  const key = await crypto.importKey("raw", Uint8Array.from(base64urlnopad.decode(publicKey)), "Ed25519", false, ["verify"]);
  if (!(await crypto.verify("Ed25519", key, claim.signature, base))) {
    throw new SignatureError("signature-invalid", "the signature was not made by this key over this request");
  }
}

/** Checks a body against the signed `content-digest` (RFC 9530 §2; sha-256 is required). Throws `SignatureError`. */
export async function verifyBody(request: ReceivedRequest, body: Uint8Array<ArrayBuffer>, crypto: DigestCrypto): Promise<void> {
  const stated = parse(request.header("content-digest") ?? "")?.get("sha-256");
  const octets = stated === undefined || isInnerList(stated) ? undefined : stated[0];
  const actual = new Uint8Array(await crypto.digest("SHA-256", body));
  if (!(octets instanceof ArrayBuffer) || base64.encode(new Uint8Array(octets)) !== base64.encode(actual)) {
    throw new SignatureError("digest-mismatch", "content-digest is not the sha-256 of the body");
  }
}

export interface VerifyOptions<Key> {
  readonly crypto: VerifyingCrypto<Key> & DigestCrypto;
  /** Unix seconds. */
  readonly now: number;
  /** The raw public key (base64url) of a key id, or undefined where it is unknown. */
  readonly findKey: (keyId: string) => Promise<string | undefined> | string | undefined;
  /** The octets received; ignored on GET. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** All of it at once, for whoever has the body at hand. Replays are the caller's to refuse. Throws `SignatureError`. */
export async function verifyRequest<Key>(request: ReceivedRequest, options: VerifyOptions<Key>): Promise<SignatureClaim> {
  const claim = readSignature(request, options.now);
  const publicKey = await options.findKey(claim.keyId);
  if (publicKey === undefined) throw new SignatureError("key-unknown", "the key is not enrolled here");
  await verifySignature(request, claim, publicKey, options.crypto);
  if (request.method !== "GET") await verifyBody(request, options.body ?? new Uint8Array(), options.crypto);
  return claim;
}

/** The octets to sign, RFC 9421 §2.5: one line a component, then the signature's own parameters. */
export function signatureBase(
  input: InnerList,
  request: { readonly method: string; readonly url: string; readonly headers: Record<string, string> },
): Uint8Array<ArrayBuffer> {
  const lines = createSignatureBase({ fields: input[0].map(([name]) => String(name)) }, request);
  const base = formatSignatureBase([...lines, ['"@signature-params"', [serializeInnerList(input)]]]);
  return utf8ToBytes(base);
}

const malformed = (detail: string): SignatureError => new SignatureError("signature-malformed", detail);

function onlyMember(text: string | null, name: string): { label: string; value: Dictionary extends Map<string, infer V> ? V : never } {
  if (text === null) throw new SignatureError("signature-missing", `${name} is missing`);
  const members = [...(parse(text) ?? [])];
  const [member] = members;
  if (member === undefined || members.length > 1) throw malformed(`${name} is not one signature`);
  return { label: member[0], value: member[1] };
}

/** A structured-field dictionary (RFC 9651), or undefined. */
function parse(text: string): Dictionary | undefined {
  try {
    return parseDictionary(text);
  } catch {
    return undefined; // the parser's only failure: text that is no dictionary
  }
}
