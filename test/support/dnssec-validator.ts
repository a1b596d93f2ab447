/** For tests: validates DNSSEC from octets alone, as RFC 4034 and RFC 4035 §5 have it. Shares no code with what signs. */
import { createHash, webcrypto } from "node:crypto";
import { compareNames, labelsOf, type Labels } from "./dns-labels.ts";

/** Records of one name and type as octets. */
export interface RawSet {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly Uint8Array[];
}

/** RRSIG data taken apart (RFC 4034 §3.1). */
export interface Signature {
  readonly type: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly ttl: number;
  readonly expiration: number;
  readonly inception: number;
  readonly tag: number;
  readonly signer: Labels;
  readonly signature: Buffer;
}

export function readSignature(rrsig: Uint8Array): Signature {
  const data = Buffer.from(rrsig);
  const signer = labelsOf(data.subarray(18));
  const signerLength = signer.reduce((sum, label) => sum + label.length + 1, 1);
  return {
    type: data.readUInt16BE(0),
    algorithm: data.readUInt8(2),
    labels: data.readUInt8(3),
    ttl: data.readUInt32BE(4),
    expiration: data.readUInt32BE(8),
    inception: data.readUInt32BE(12),
    tag: data.readUInt16BE(16),
    signer,
    signature: data.subarray(18 + signerLength),
  };
}

/** Appendix B of RFC 4034, by 16-bit words. */
export function referenceTag(dnskey: Uint8Array): number {
  const even = Buffer.concat([dnskey, Buffer.alloc(dnskey.length % 2)]);
  let sum = 0;
  for (let i = 0; i < even.length; i += 2) sum += even.readUInt16BE(i);
  return (sum + Math.floor(sum / 65_536)) % 65_536;
}

const lower = (label: string): string => label.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const wire = (labels: Labels): Buffer =>
  Buffer.concat([...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(lower(label), "latin1")])), Buffer.of(0)]);

/** The DS data that points to a key: by SHA-256. */
export function referenceDs(owner: Uint8Array, dnskey: Uint8Array): Buffer {
  const digest = createHash("sha256")
    .update(wire(labelsOf(owner)))
    .update(dnskey)
    .digest();
  const head = Buffer.alloc(4);
  head.writeUInt16BE(referenceTag(dnskey), 0);
  head.writeUInt8(dnskey[3]!, 2);
  head.writeUInt8(2, 3);
  return Buffer.concat([head, digest]);
}

/** What was signed (RFC 4034 §3.1.8.1), for an owner that may have been expanded from a wildcard (RFC 4035 §5.3.2). */
export function signedOctets(set: RawSet, { labels, signer, ...fields }: Signature): Buffer {
  const owner = labelsOf(set.owner);
  const name =
    owner.length > labels
      ? owner[0] === "*" && owner.length - 1 === labels
        ? owner
        : ["*", ...owner.slice(-labels || owner.length)]
      : owner;
  const head = Buffer.alloc(18);
  head.writeUInt16BE(fields.type, 0);
  head.writeUInt8(fields.algorithm, 2);
  head.writeUInt8(labels, 3);
  head.writeUInt32BE(fields.ttl, 4);
  head.writeUInt32BE(fields.expiration, 8);
  head.writeUInt32BE(fields.inception, 12);
  head.writeUInt16BE(fields.tag, 16);
  const records = set.data
    .map((data) => Buffer.from(data))
    .sort((a, b) => Buffer.compare(a, b))
    .map((data) => {
      const middle = Buffer.alloc(10);
      middle.writeUInt16BE(fields.type, 0);
      middle.writeUInt16BE(1, 2);
      middle.writeUInt32BE(fields.ttl, 4);
      middle.writeUInt16BE(data.length, 8);
      return Buffer.concat([wire(name), middle, data]);
    });
  return Buffer.concat([head, wire(signer), ...records]);
}

/** Whether a signature over a set is one by a key, at a time. */
export async function validates(set: RawSet, rrsig: Uint8Array, dnskey: Uint8Array, zone: Uint8Array, now: number): Promise<boolean> {
  const fields = readSignature(rrsig);
  const fits =
    fields.type === set.type &&
    fields.ttl >= set.ttl &&
    fields.inception <= now &&
    now <= fields.expiration &&
    fields.tag === referenceTag(dnskey) &&
    fields.algorithm === dnskey[3] &&
    compareNames(fields.signer, labelsOf(zone)) === 0 &&
    fields.labels <= labelsOf(set.owner).length &&
    (dnskey[0]! & 1) === 1 &&
    dnskey[2] === 3;
  return fits && verifies(dnskey, fields.signature, signedOctets(set, fields));
}

/** The bare cryptography of algorithms 13 and 15. */
async function verifies(dnskey: Uint8Array, signature: Buffer, octets: Buffer): Promise<boolean> {
  const point = dnskey.slice(4);
  const { subtle } = webcrypto;
  if (dnskey[3] === 13) {
    const key = await subtle.importKey("raw", Buffer.concat([Buffer.of(4), point]), { name: "ECDSA", namedCurve: "P-256" }, false, [
      "verify",
    ]);
    return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, new Uint8Array(signature), new Uint8Array(octets));
  }
  const key = await subtle.importKey("raw", point, "Ed25519", false, ["verify"]);
  return subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(octets));
}
