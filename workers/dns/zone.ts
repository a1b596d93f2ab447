/** What a zone has to say to a question: records drawn afresh from the snapshot's pool, or that there are none. */
import type { Network } from "../../schema/network.ts";
import type { Freshness } from "../../schema/seal.ts";
import type { Zone } from "../../schema/zone.ts";
import { ROW_OCTETS, type Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { sampleRows } from "../sampling/sample.ts";
import { viewOf, type Selection } from "../sampling/view.ts";
import type { Bank } from "./bank.ts";
import { askBank } from "./bank-answer.ts";
import { EDE } from "./edns.ts";
import type { Name } from "./name.ts";
import { overlayTexts } from "./overlay-peers.ts";
import type { Question } from "./query.ts";
import { soaData, textData } from "./rdata.ts";
import { TYPE, type AddressType, type DataSet, type RecordSet } from "./records.ts";
import { RCODE, refusal, type Outcome } from "./reply.ts";
import { findHost, serviceRecords } from "./service-hosts.ts";
import { findNode, isInChild, treeOf, type Node, type Tree } from "./tree.ts";

export type { Freshness } from "../../schema/seal.ts";

/** A zone with the network it serves and what this edge holds for it. */
export interface ServedZone {
  readonly zone: Zone;
  readonly network: Network;
  readonly freshness: Freshness;
  /** The snapshot's peers; undefined where none is held. */
  readonly pool: Pool | undefined;
  /** The snapshot's number, which is the SOA's serial. */
  readonly serial: number;
  /** Pre-signed answers, where the zone is signed. */
  readonly bank?: Bank | undefined;
}

/** The longest TTL while the snapshot is stale, seconds (RFC 8767 §4 recommends 30). */
export const STALE_TTL = 30;
/** TTL of NS records, seconds: they change with the deployment, not with the snapshot. */
export const NS_TTL = 3_600;
/** TTL of the answer to ANY, seconds. It never changes; RFC 8482 §4.2 asks for a long one. */
export const ANY_TTL = 3_600;
/** SOA timers for secondaries, seconds. There is no zone transfer, so they only have to be sound (RFC 1912 §2.2). */
export const SOA_REFRESH = 3_600;
export const SOA_RETRY = 600;

/**
 * Answers a question of class IN for a name at or below the zone's apex. `name` is the text form of the question's name;
 * `dnssecOk` asks for signatures, which a signed zone has ready.
 */
export function askZone(served: ServedZone, question: Question, name: string, random: RandomInt, dnssecOk = false): Outcome {
  const { freshness, pool, zone, network, bank } = served;
  if (pool === undefined || freshness === "absent" || freshness === "expired") return refusal(RCODE.SERVFAIL, EDE.NOT_READY);
  const ede = freshness === "stale" ? [EDE.STALE] : [];
  const tree = treeOf(zone, network);
  const node = existing(findNode(tree, zone, name), pool);
  const ttl = (seconds: number): number => ttlOf(served, seconds);
  // The child zone's own records are never signed; about its delegation the zone itself is asked (RFC 4035 §3.1.4.1).
  const child = isInChild(zone, name) && !(node?.kind === "cut" && question.type === TYPE.DS);
  if (bank !== undefined && !child) {
    const signed = askBank(bank, { question, name, dnssecOk, random, ttl });
    if (signed !== undefined) return { ...signed, ede };
  }
  const set = node && recordsAt(served, tree, pool, node, question, random);
  return {
    rcode: node === undefined ? RCODE.NXDOMAIN : RCODE.NOERROR,
    authoritative: true,
    answer: set === undefined ? [] : [set],
    authority: set === undefined ? [soaSet(served, child ? tree.cut : tree.apex, tree)] : [],
    additional: [],
    ede,
  };
}

/** Below the cut only servable peers exist. */
function existing(node: Node | undefined, pool: Pool): Node | undefined {
  return node?.kind === "host" && findHost(pool, node.address) === undefined ? undefined : node;
}

function recordsAt(
  served: ServedZone,
  tree: Tree,
  pool: Pool,
  node: Node,
  { name: owner, type }: Question,
  random: RandomInt,
): RecordSet | undefined {
  if (node.kind === "empty") return undefined;
  const top = node.kind === "apex" || node.kind === "cut";
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA:
      return addresses(served, pool, node, owner, type, random);
    case TYPE.TXT:
      return node.kind === "texts"
        ? sampled(served, owner, type, overlayTexts(pool, node.services, served.zone.records, random))
        : undefined;
    case TYPE.SRV:
      return node.kind === "services" ? sampled(served, owner, type, serviceRecords(pool, tree, served.zone.records, random)) : undefined;
    case TYPE.NS:
      return top ? { owner, type, ttl: ttlOf(served, NS_TTL), data: tree.nameservers } : undefined;
    case TYPE.SOA:
      return top ? soaSet(served, owner, tree) : undefined;
    case TYPE.HINFO:
    case TYPE.ANY:
      return { owner, type: TYPE.HINFO, ttl: ttlOf(served, ANY_TTL), data: [ANY_DATA] };
    default:
      return undefined;
  }
}

/** One small made-up record for all types (RFC 8482 §4.2): ANY is how reflected attacks are made large. */
export const ANY_DATA = textData("RFC8482", "");

function addresses(served: ServedZone, pool: Pool, node: Node, owner: Name, type: AddressType, random: RandomInt): RecordSet | undefined {
  const ttl = ttlOf(served, served.zone.ttl);
  if (node.kind === "host") {
    const host = findHost(pool, node.address);
    return host?.type === type ? { owner, type, ttl, data: host.data } : undefined;
  }
  if (node.kind !== "apex" && node.kind !== "addresses") return undefined;
  const services = node.kind === "apex" ? undefined : node.services;
  const rows = sampleRows(pool, addressSelection(served.network, type, services), served.zone.records, random);
  if (rows.length === 0) return undefined;
  return { owner, type, ttl, data: { width: type === TYPE.A ? 4 : 16, stride: ROW_OCTETS, rows, octets: pool.octets } };
}

function sampled(served: ServedZone, owner: Name, type: DataSet["type"], data: DataSet["data"]): DataSet | undefined {
  return data.length === 0 ? undefined : { owner, type, ttl: ttlOf(served, served.zone.ttl), data, cuttable: true };
}

/** Whom A or AAAA at a name can stand for. A record carries no port: only peers on the default one can be found by it. */
export function addressSelection({ port }: Network, type: AddressType, services: string | undefined): Selection {
  return { family: type === TYPE.A ? "ipv4" : "ipv6", port, services };
}

/** Prepares a new pool for the questions that everybody asks, A and AAAA at the apex, before the first one comes. */
export function warmZone({ network }: Pick<ServedZone, "network">, pool: Pool): void {
  for (const type of [TYPE.AAAA, TYPE.A] as const) viewOf(pool, addressSelection(network, type, undefined));
}

/**
 * TTL and MINIMUM are equal, so that the record that stands at the apex and the one in negative answers are the same (RFC 2308
 * §3), and one signature will do for both. An empty name is asked for again as soon as a full one.
 */
export function soaSet(served: Pick<ServedZone, "zone" | "serial" | "freshness">, owner: Name, tree: Tree): DataSet {
  const ttl = ttlOf(served, served.zone.ttl);
  const timers = { refresh: SOA_REFRESH, retry: SOA_RETRY, expire: served.zone.expire, minimum: ttl };
  const data = soaData({ mname: tree.nameservers[0]!, rname: tree.contact, serial: served.serial >>> 0, ...timers });
  return { owner, type: TYPE.SOA, ttl, data: [data] };
}

const ttlOf = ({ freshness }: Pick<ServedZone, "freshness">, ttl: number): number =>
  freshness === "stale" ? Math.min(ttl, STALE_TTL) : ttl;
