/**
 * For tests: what a validating resolver does with an answer (RFC 4035 §5, RFC 4592, RFC 6840), from its octets alone. It shares no code with
 * what makes or serves banks, and is stricter than resolvers are: every signature must be good, and every algorithm of the zone have signed.
 */
import { readName, wireName, type Labels, type WireMessage, type WireRecord } from "./test-message.ts";

/** The part of WebCrypto that validating takes. */
export interface ValidatorCrypto<Key> {
  digest(algorithm: "SHA-256", data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  importKey(
    format: "raw",
    key: Uint8Array<ArrayBuffer>,
    algorithm: { readonly name: string; readonly namedCurve?: string },
    extractable: boolean,
    usages: "verify"[],
  ): Promise<Key>;
  verify(
    algorithm: { readonly name: string; readonly hash?: string },
    key: Key,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

/** `insecure`: at or below a delegation that was proven to have no DS. */
export type Verdict = "secure" | "insecure";

/** An answer that a validator would give SERVFAIL for, or that our own rules forbid. */
export class BogusError extends Error {
  override name = "BogusError";
}

const T = { NS: 2, CNAME: 5, SOA: 6, DS: 43, RRSIG: 46, NSEC: 47, DNSKEY: 48, SRV: 33, ANY: 255 } as const;

interface SignedSet {
  readonly owner: Labels;
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly Uint8Array<ArrayBuffer>[];
  readonly signatures: readonly WireRecord[];
}

interface Denial {
  readonly owner: Labels;
  readonly next: Labels;
  readonly types: ReadonlySet<number>;
}

interface ZoneKey<Key> {
  readonly tag: number;
  readonly algorithm: number;
  readonly key: Key;
}

const ALGORITHMS = new Map([
  [13, { key: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" }, prefix: [4] }],
  [15, { key: { name: "Ed25519" }, verify: { name: "Ed25519" }, prefix: [] }],
]);

export class Validator<Key> {
  readonly #crypto: ValidatorCrypto<Key>;
  readonly #zone: Labels;
  /** Unix seconds; may be set. */
  now: number;
  #keys: readonly ZoneKey<Key>[] = [];
  readonly #insecure: Labels[] = [];

  constructor(crypto: ValidatorCrypto<Key>, zone: Labels, now: number) {
    this.#crypto = crypto;
    this.#zone = zone;
    this.now = now;
  }

  /** Takes over the keys of a DNSKEY answer that a DS record's data points to (RFC 4035 §5.2). Rejects with `BogusError`. */
  async trust(ds: Uint8Array, message: WireMessage): Promise<void> {
    const [set] = gather(message.answer);
    if (set?.type !== T.DNSKEY || !same(set.owner, this.#zone)) throw new BogusError("no DNSKEY set");
    const pointed: ZoneKey<Key>[] = [];
    const all: ZoneKey<Key>[] = [];
    for (const data of set.data) {
      const key = await this.#readKey(data);
      all.push(key);
      const digest = new Uint8Array(await this.#crypto.digest("SHA-256", Uint8Array.from([...wireName(this.#zone), ...data])));
      if (equal(ds, Uint8Array.from([key.tag >> 8, key.tag & 0xff, key.algorithm, 2, ...digest]))) pointed.push(key);
    }
    if (pointed.length === 0) throw new BogusError("no key is the one that the DS points to");
    this.#keys = all;
    await this.#verify(set);
    if (!set.signatures.some(({ data }) => pointed.some(({ tag }) => tag === ((data[16]! << 8) | data[17]!)))) {
      throw new BogusError("the keys are not signed by the one that the DS points to");
    }
  }

  /** Rejects with `BogusError`. A proof that a name below the apex has NS and no DS makes what is there insecure from then on. */
  async judge(message: WireMessage): Promise<Verdict> {
    const { question, answer, authority, rcode } = message;
    if (question === undefined) throw new BogusError("no question");
    if (message.truncated || !message.authoritative || message.judged) throw new BogusError("wrong flags");
    const { name, type } = question;
    if (this.#insecure.some((cut) => within(name, cut) && !(same(name, cut) && type === T.DS))) {
      if ([...answer, ...authority].some((record) => record.type === T.RRSIG || record.type === T.NSEC))
        throw new BogusError("half signed");
      return "insecure";
    }
    if (type === T.RRSIG && answer.length > 0) return this.#judgeSignatures(name, answer);
    const sets = gather(answer);
    const proofs = gather(authority);
    for (const set of [...sets, ...proofs]) await this.#verify(set);
    if (sets.length > 0) {
      const [set] = sets;
      if (rcode !== 0 || sets.length > 1 || proofs.length > 0) throw new BogusError("more than the answer");
      if (!same(set!.owner, name) || (type !== T.ANY && set!.type !== type)) throw new BogusError("not what was asked for");
      return "secure";
    }
    this.#judgeDenial(name, type, rcode, proofs);
    return "secure";
  }

  #judgeSignatures(name: Labels, answer: readonly WireRecord[]): Verdict {
    if (!answer.every((record) => record.type === T.RRSIG && same(record.owner, name))) throw new BogusError("not only signatures");
    return "secure";
  }

  #judgeDenial(name: Labels, type: number, rcode: number, proofs: readonly SignedSet[]): void {
    const soa = proofs.filter((set) => set.type === T.SOA);
    const denials = proofs.filter((set) => set.type === T.NSEC).map(readDenial);
    if (soa.length !== 1 || !same(soa[0]!.owner, this.#zone)) throw new BogusError("no SOA");
    if (soa.length + denials.length !== proofs.length) throw new BogusError("what else is in the authority section?");
    if (denials.length > 2) throw new BogusError("more denial than needed");
    const covers = (what: Labels): Denial | undefined =>
      denials.find(({ owner, next, types }) => {
        const wraps = same(next, this.#zone);
        if (types.has(T.NS) && !types.has(T.SOA) && within(what, owner)) return false; // the child's to say (RFC 6840 §4.1)
        return compare(owner, what) < 0 && (wraps ? within(what, this.#zone) : compare(what, next) < 0);
      });
    const matching = denials.find(({ owner }) => same(owner, name));
    if (rcode === 3) {
      const covering = covers(name);
      if (matching !== undefined || covering === undefined) throw new BogusError("nothing covers the name");
      if (within(covering.next, name)) throw new BogusError("an empty non-terminal exists");
      const encloser = [covering.owner, covering.next].map((other) => common(name, other)).sort((a, b) => b.length - a.length)[0]!;
      if (covers(["*", ...encloser]) === undefined) throw new BogusError("the wildcard is not denied");
      return;
    }
    if (rcode !== 0) throw new BogusError(`rcode ${rcode}`);
    if (matching === undefined) {
      const covering = covers(name);
      if (covering === undefined || !within(covering.next, name)) throw new BogusError("nothing says that the name is there and empty");
      return;
    }
    const { types } = matching;
    if (types.has(type) || types.has(T.CNAME) || type === T.ANY) throw new BogusError(`type ${type} is there by the bitmap`);
    if (!types.has(T.NS) || types.has(T.SOA)) return;
    if (type !== T.DS) throw new BogusError("the parent's side of a delegation can deny no more than DS");
    this.#insecure.push(name);
  }

  async #verify(set: SignedSet): Promise<void> {
    const what = `${set.owner.join(".")} ${set.type}`;
    if (set.signatures.length === 0) throw new BogusError(`${what}: no signature`);
    for (const { data, ttl } of set.signatures) {
      if (ttl !== set.ttl) throw new BogusError(`${what}: a signature of another TTL`);
      await this.#verifyBy(what, set, data);
    }
    const algorithms = new Set(set.signatures.map(({ data }) => data[2]));
    if (this.#keys.some(({ algorithm }) => !algorithms.has(algorithm))) throw new BogusError(`${what}: an algorithm has not signed`);
  }

  async #verifyBy(what: string, { owner, type, ttl, data }: SignedSet, rrsig: Uint8Array<ArrayBuffer>): Promise<void> {
    const view = new DataView(rrsig.buffer, rrsig.byteOffset, rrsig.length);
    const [signer, end] = readName(rrsig, 18);
    const [labels, original, expiration, inception, tag] = [
      rrsig[3],
      view.getUint32(4),
      view.getUint32(8),
      view.getUint32(12),
      view.getUint16(16),
    ];
    if (!same(signer, this.#zone)) throw new BogusError(`${what}: another signer`);
    if (labels !== (owner[0] === "*" ? owner.length - 1 : owner.length))
      throw new BogusError(`${what}: expanded from a wildcard that is not there`);
    if (ttl > original) throw new BogusError(`${what}: TTL longer than signed`);
    if (this.now < inception || this.now + ttl > expiration) throw new BogusError(`${what}: out of its time`);
    const rest = [type >> 8, type & 0xff, 0, 1, ...rrsig.subarray(4, 8)];
    const records = data.map((each) => canonical(type, each)).sort(compareOctets);
    const octets = [
      ...rrsig.subarray(0, 18),
      ...wireName(signer),
      ...records.flatMap((each) => wireName(owner).concat(rest, each.length >> 8, each.length & 0xff, Array.from(each))),
    ];
    const key = this.#keys.find((each) => each.tag === tag && each.algorithm === rrsig[2]);
    const parameters = ALGORITHMS.get(rrsig[2] ?? 0);
    if (key === undefined || parameters === undefined) throw new BogusError(`${what}: signed by a key that is not the zone's`);
    if (!(await this.#crypto.verify(parameters.verify, key.key, rrsig.slice(end), Uint8Array.from(octets))))
      throw new BogusError(`${what}: bad signature`);
  }

  async #readKey(data: Uint8Array<ArrayBuffer>): Promise<ZoneKey<Key>> {
    const algorithm = data[3] ?? 0;
    const parameters = ALGORITHMS.get(algorithm);
    if (data[0] !== 1 || data[2] !== 3 || parameters === undefined) throw new BogusError("a key that is no zone key");
    const raw = Uint8Array.from([...parameters.prefix, ...data.subarray(4)]);
    let sum = 0;
    data.forEach((octet, i) => (sum += i % 2 === 0 ? octet * 256 : octet));
    return {
      tag: (sum + (sum >>> 16)) % 65_536,
      algorithm,
      key: await this.#crypto.importKey("raw", raw, parameters.key, false, ["verify"]),
    };
  }
}

const keyOf = (owner: Labels, type: number): string => `${owner.join(".")} ${type}`;

/** Records as sets with their signatures. Throws `BogusError` for a record twice, TTLs that differ, and signatures over nothing. */
function gather(records: readonly WireRecord[]): SignedSet[] {
  const sets = new Map<string, SignedSet & { data: Uint8Array<ArrayBuffer>[]; signatures: WireRecord[] }>();
  for (const { owner, type, ttl, data } of records.filter((record) => record.type !== T.RRSIG)) {
    const key = keyOf(owner, type);
    const set = sets.get(key) ?? { owner, type, ttl, data: [], signatures: [] };
    if (set.ttl !== ttl) throw new BogusError(`${key}: TTLs differ`);
    if (set.data.some((other) => equal(other, data))) throw new BogusError(`${key}: a record twice`);
    set.data.push(data);
    sets.set(key, set);
  }
  for (const record of records.filter(({ type }) => type === T.RRSIG)) {
    const set = sets.get(keyOf(record.owner, (record.data[0]! << 8) | record.data[1]!));
    if (set === undefined) throw new BogusError("a signature over nothing");
    set.signatures.push(record);
  }
  return [...sets.values()];
}

function readDenial({ owner, data: [data = new Uint8Array(0)] }: SignedSet): Denial {
  const [next, end] = readName(data, 0);
  const types = new Set<number>();
  for (let at = end; at < data.length; at += 2 + data[at + 1]!) {
    for (let bit = 0; bit < data[at + 1]! * 8; bit++) {
      if ((data[at + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) types.add(data[at]! * 256 + bit);
    }
  }
  return { owner, next, types };
}

/** Names in the data of these types are signed in lower case (RFC 4034 §6.2). Length octets are no letters. */
function canonical(type: number, data: Uint8Array): Uint8Array {
  const [from, to] = type === T.NS ? [0, data.length] : type === T.SOA ? [0, data.length - 20] : type === T.SRV ? [6, data.length] : [0, 0];
  return data.map((octet, i) => (i >= from && i < to && octet >= 65 && octet <= 90 ? octet + 32 : octet));
}

const same = (a: Labels, b: Labels): boolean => a.length === b.length && within(a, b);

/** Whether a name is at or below another. */
const within = (name: Labels, top: Labels): boolean => top.every((label, i) => name[name.length - top.length + i] === label);

/** The labels that two names end with alike. */
function common(a: Labels, b: Labels): Labels {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return a.slice(a.length - count);
}

/** RFC 4034 §6.1. Characters are octets, so code units compare as they do. */
function compare(a: Labels, b: Labels): number {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [left, right] = [a[a.length - i]!, b[b.length - i]!];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((octet, i) => octet !== b[i]);
  return at < 0 ? a.length - b.length : at >= b.length ? 1 : a[at]! - b[at]!;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && compareOctets(a, b) === 0;
