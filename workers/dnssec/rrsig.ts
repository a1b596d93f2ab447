/** Signing one set of records (RFC 4034 §3). */
import { CLASS_IN, type Rdata } from "../dns/records.ts";
import { lowerOctet, type Name } from "../dns/name.ts";
import type { ZoneSigner } from "./zone-signer.ts";

/** All records of one name and type. Names in data are whole and lower case already, as canonical form wants (RFC 4034 §6.2). */
export interface SignableSet {
  readonly owner: Name;
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly Rdata[];
}

/** By whom and for which time. */
export interface Signing {
  /** The zone's apex. */
  readonly zone: Name;
  readonly signer: ZoneSigner;
  /** Unix seconds; the signature holds from `inception` through `expiration`. */
  readonly inception: number;
  readonly expiration: number;
}

/** A set that cannot be signed: empty, or with a record twice. */
export class SetError extends Error {
  override name = "SetError";
}

/** The octets of an RRSIG record's data before the signer's name (RFC 4034 §3.1). */
export const RRSIG_FIELDS_OCTETS = 18;
/** The octets of a record between its owner and its data. */
const RECORD_OCTETS = 10;
const ASTERISK = 42;

/**
 * The data of the RRSIG record over a set; its TTL is the set's. Signed is that data without the signature, and after it every record
 * in canonical form and order (RFC 4034 §3.1.8.1, §6.2, §6.3). Rejects with `SetError`.
 */
export async function signSet(set: SignableSet, { zone, signer, inception, expiration }: Signing): Promise<Rdata> {
  const { owner, type, ttl } = set;
  const data = inOrder(set);
  const head = RRSIG_FIELDS_OCTETS + zone.length;
  let length = head;
  for (const rdata of data) length += owner.length + RECORD_OCTETS + rdata.length;
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint16(0, type);
  octets[2] = signer.algorithm;
  octets[3] = labelsOf(owner);
  view.setUint32(4, ttl);
  view.setUint32(8, expiration); // modulo 2^32, as serial number arithmetic has it (RFC 4034 §3.1.5)
  view.setUint32(12, inception);
  view.setUint16(16, signer.tag);
  setLower(octets, zone, RRSIG_FIELDS_OCTETS);

  let at = head;
  for (const rdata of data) {
    if (at === head) {
      setLower(octets, owner, at);
      view.setUint16(at + owner.length, type);
      view.setUint16(at + owner.length + 2, CLASS_IN);
      view.setUint32(at + owner.length + 4, ttl);
    } else octets.copyWithin(at, head, head + owner.length + 8);
    at += owner.length + 8;
    view.setUint16(at, rdata.length);
    octets.set(rdata, at + 2);
    at += 2 + rdata.length;
  }

  const signature = await signer.sign(octets);
  const rrsig = new Uint8Array(head + signature.length);
  rrsig.set(octets.subarray(0, head));
  rrsig.set(signature, head);
  return rrsig;
}

/** The data in canonical order, as left-justified octets (RFC 4034 §6.3). */
function inOrder({ data, type }: SignableSet): readonly Rdata[] {
  if (data.length === 0) throw new SetError(`a set of type ${type} is empty`);
  const sorted = data.toSorted(compareOctets);
  for (let i = 1; i < sorted.length; i++) {
    if (compareOctets(sorted[i - 1]!, sorted[i]!) === 0) throw new SetError(`a set of type ${type} has a record twice`);
  }
  return sorted;
}

function compareOctets(a: Rdata, b: Rdata): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** How many labels the owner has without the root and without a leading asterisk label (RFC 4034 §3.1.3). */
function labelsOf(owner: Name): number {
  let labels = 0;
  for (let at = 0; owner[at] !== 0; at += owner[at]! + 1) labels++;
  return owner[0] === 1 && owner[1] === ASTERISK ? labels - 1 : labels;
}

function setLower(octets: Uint8Array, name: Name, at: number): void {
  for (let i = 0; i < name.length; i++) octets[at + i] = lowerOctet(name[i]!);
}
