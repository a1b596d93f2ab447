/** How long signed answers are, in octets, so that they pass by UDP unfragmented: validators ask by UDP first. */
import type { Network } from "../../schema/network.ts";
import type { Zone } from "../../schema/zone.ts";
import { PAYLOAD_OCTETS } from "../dns/edns.ts";
import { RECORD_HEAD_OCTETS } from "../dns/message.ts";
import { MAX_LABEL_OCTETS } from "../dns/name.ts";
import { HEADER_OCTETS } from "../dns/query.ts";
import { treeOf } from "../dns/tree.ts";
import { soaSet } from "../dns/zone.ts";
import { RRSIG_FIELDS_OCTETS } from "./rrsig.ts";

/** A question's type and class. */
const QUESTION_TAIL_OCTETS = 4;
/** An OPT record, and the extended error with which a stale answer says so (RFC 8914 §2). */
const OPT_OCTETS = 11 + 6;
/** A signature of either algorithm. */
const SIGNATURE_OCTETS = 64;
/** A bitmap of all types that a name here can have, CDNSKEY the highest; the apex has most of them. */
const BITMAP_OCTETS = 2 + 8;

/** What a UDP message that answers a question for a name of so many octets has room for beside the question. */
export const answerRoom = (nameOctets: number): number => PAYLOAD_OCTETS - HEADER_OCTETS - nameOctets - QUESTION_TAIL_OCTETS - OPT_OCTETS;

const nameOctets = (text: string): number => text.length + 1;

/** One signature of a set, as a record. */
export const signatureOctets = ({ name }: Pick<Zone, "name">): number =>
  RECORD_HEAD_OCTETS + RRSIG_FIELDS_OCTETS + nameOctets(name) + SIGNATURE_OCTETS;

/** How often a denial has the zone's name in full: in its question, in three signatures and in two NSEC records. */
export const DENIAL_NAMES = 6;

/**
 * How many octets are left in a UDP message that denies a name with the longest label directly below the apex: SOA, two NSEC records, and a
 * signature over each. A zone where that is negative would have its denials truncated. Questions for longer names, and zones while
 * they are signed by two algorithms, may come to that; their clients ask again by TCP.
 */
export function denialSpare(zone: Zone, network: Network): number {
  const tree = treeOf(zone, network);
  const soa = soaSet({ zone, serial: 0, freshness: "fresh" }, tree.apex, tree);
  const label = Math.max(...Array.from(tree.nodes.keys(), ({ length }) => length - zone.name.length));
  const nsec = label + RECORD_HEAD_OCTETS + label + tree.apex.length + BITMAP_OCTETS;
  const proof = RECORD_HEAD_OCTETS + soa.data[0]!.length + 2 * nsec + 3 * signatureOctets(zone);
  return answerRoom(1 + MAX_LABEL_OCTETS + tree.apex.length) - proof;
}
