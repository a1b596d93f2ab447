/** A snapshot: the signed, numbered list of a network's peers, and everything that must hold before one of them is dialled. */
import { SeedcastError, type Failure } from "./error.ts";
import { readEntry, type Entry } from "./peer.ts";

/** What to remember of a list: the next one must follow it. Plain data, to be saved and given back. */
export interface Position {
  /** The snapshot's number. */
  readonly seq: number;
  /** SHA-256 of its bytes, hex. */
  readonly digest: string;
  /** Unix seconds. Once it has expired, a position holds nothing back. */
  readonly expires: number;
}

/** A snapshot's bytes, and the seal that came with them, of unknown shape. */
export interface SealedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seal: unknown;
}

/** The part of `crypto.subtle` that is needed. Spelt out, because not every platform's types name it alike. */
export interface Subtle {
  digest(algorithm: "SHA-256", data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  importKey(format: "raw", key: Uint8Array<ArrayBuffer>, algorithm: "Ed25519", extractable: boolean, usages: "verify"[]): Promise<unknown>;
  verify(algorithm: "Ed25519", key: unknown, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** Whose snapshots are taken. */
export interface Trust {
  readonly network: string;
  /** Ed25519 public keys, base64url. */
  readonly keys: readonly string[];
  readonly subtle: Subtle;
}

/** A list that may be used. Times are Unix seconds. */
export interface Snapshot extends Position {
  readonly generated: number;
  /** From then on a newer one should be there. */
  readonly stale: number;
  readonly peers: readonly Entry[];
}

interface Seal {
  readonly seq: number;
  readonly digest: string;
  readonly keyid: string;
  readonly signature: string;
}

const FORMAT = "seedcast-snapshot-1";
const MAX_PEERS = 100_000;
const FIELDS = new Set(["format", "network", "seq", "previous", "generated", "stale", "expires", "columns", "peers"]);
/** A network's name. */
export const NETWORK = /^[a-z][a-z0-9-]{0,39}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const SERVICES = /^(0|[1-9a-f][0-9a-f]{0,15})$/;
/** 64 octets in base64url; the last digit has four unused bits. */
const SIGNATURE = /^[A-Za-z0-9_-]{85}[AQgw]$/;
/** 32 octets; the last digit has two unused bits. */
export const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

const refuse = (reason: Failure): never => {
  throw new SeedcastError(reason);
};

/**
 * Opens a snapshot at `now` (Unix seconds): signed by a trusted key, of this network and this number, in date, and no step back or
 * aside from the position held. Rejects with `SeedcastError`.
 */
export async function openSnapshot({ bytes, seal }: SealedBytes, trust: Trust, held: Position | undefined, now: number): Promise<Snapshot> {
  if (!isSeal(seal)) return refuse("unsealed");
  await checkSignature(bytes, seal, trust);
  const document = decode(new TextDecoder().decode(bytes));
  const { network, seq, previous, generated, stale, expires } = document;
  if (network !== trust.network) refuse("wrong-network");
  if (seq !== seal.seq) refuse("wrong-seq");
  const follows = held !== undefined && now < held.expires ? held : undefined;
  if (follows !== undefined && seq < follows.seq) refuse("rolled-back");
  if (expires <= now) refuse("expired");
  if (follows?.seq === seq && seal.digest !== follows.digest) refuse("forked");
  if (follows?.seq === seq - 1 && previous !== follows.digest) refuse("forked");
  const peers = document.peers.map(([address, services, version, agent, asn, country]) =>
    readEntry({ address, services, version, agent, asn, country }),
  );
  if (!peers.every((entry) => entry !== undefined)) return refuse("malformed");
  return { seq, digest: seal.digest, generated, stale, expires, peers };
}

async function checkSignature(bytes: Uint8Array<ArrayBuffer>, seal: Seal, { keys, subtle }: Trust): Promise<void> {
  const ids = await Promise.all(keys.map((key) => keyId(key, subtle)));
  const key = keys[ids.indexOf(seal.keyid)] ?? refuse("unknown-key");
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  if (Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("") !== seal.digest) refuse("bad-digest");
  if (!SIGNATURE.test(seal.signature)) refuse("bad-signature");
  let imported: unknown;
  try {
    imported = await subtle.importKey("raw", octets(key), "Ed25519", false, ["verify"]);
  } catch (cause) {
    throw new SeedcastError("unsupported", { cause });
  }
  if (!(await subtle.verify("Ed25519", imported, octets(seal.signature), bytes))) refuse("bad-signature");
}

/** The RFC 7638 thumbprint of a public key's JWK. */
async function keyId(key: string, subtle: Subtle): Promise<string> {
  const jwk = new TextEncoder().encode(`{"crv":"Ed25519","kty":"OKP","x":"${key}"}`);
  const digest = new Uint8Array(await subtle.digest("SHA-256", jwk));
  return btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace("=", "");
}

const octets = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

type Row = readonly [address: string, services: string, version: number, agent: string, asn: number | null, country: string | null];

interface Document {
  readonly network: string;
  readonly seq: number;
  readonly previous: string | null;
  readonly generated: number;
  readonly stale: number;
  readonly expires: number;
  readonly peers: readonly Row[];
}

function decode(text: string): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("malformed");
  }
  return isDocument(value) ? value : refuse("malformed");
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const isCount = (value: unknown, least = 0): boolean => typeof value === "number" && Number.isInteger(value) && value >= least;
const matches = (value: unknown, form: RegExp): boolean => typeof value === "string" && form.test(value);

function isSeal(value: unknown): value is Seal {
  if (!isObject(value) || Object.keys(value).length !== 4) return false;
  const { seq, digest, keyid, signature } = value;
  return typeof seq === "number" && !Number.isNaN(seq) && [digest, keyid, signature].every((text) => typeof text === "string");
}

/** Exactly the fields of the format, each of its kind: what edges check before they serve it. */
function isDocument(value: unknown): value is Document {
  if (!isObject(value) || !Object.keys(value).every((key) => FIELDS.has(key))) return false;
  const { format, network, seq, previous, generated, stale, expires, columns, peers } = value;
  return (
    format === FORMAT &&
    matches(network, NETWORK) &&
    isCount(seq, 1) &&
    (previous === null || matches(previous, DIGEST)) &&
    [generated, stale, expires].every((time) => isCount(time)) &&
    Array.isArray(columns) &&
    columns.every((column) => typeof column === "string") &&
    Array.isArray(peers) &&
    peers.length <= MAX_PEERS &&
    peers.every(isRow)
  );
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 6) return false;
  const [address, services, version, agent, asn, country]: readonly unknown[] = row;
  return (
    [address, agent].every((text) => typeof text === "string") &&
    matches(services, SERVICES) &&
    typeof version === "number" &&
    (asn === null || typeof asn === "number") &&
    (country === null || typeof country === "string")
  );
}
