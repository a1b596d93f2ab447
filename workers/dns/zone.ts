/**
 * A zone's content: the apex with SOA, NS and a fresh sample of peers as A and AAAA, and below it one name `x<hex>` for each
 * service mask the network offers, with peers that have all its bits. `_peers` has peers on overlay networks as
 * TXT, `x<hex>._peers` those of them with all bits of a mask. Nothing else exists.
 */
import type { Network } from "../../schema/network.ts";
import type { Freshness } from "../../schema/seal.ts";
import type { Zone } from "../../schema/zone.ts";
import type { Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { sampleRows } from "../sampling/sample.ts";
import { viewOf, type Selection } from "../sampling/view.ts";
import { EDE } from "./edns.ts";
import { parseName, type Name } from "./name.ts";
import { overlayTexts } from "./overlay-peers.ts";
import type { Question } from "./query.ts";
import { TYPE, type RecordSet } from "./records.ts";
import { RCODE, refusal, type Outcome } from "./reply.ts";

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

/** Answers a question of class IN for a name at or below the zone's apex. `name` is the text form of the question's name. */
export function askZone(served: ServedZone, question: Question, name: string, random: RandomInt): Outcome {
  const { freshness, pool, zone } = served;
  if (pool === undefined || freshness === "absent" || freshness === "expired") return refusal(RCODE.SERVFAIL, EDE.NOT_READY);
  const ede = freshness === "stale" ? [EDE.STALE] : [];
  const node = findNode(served, name);
  const set = node && recordsAt(served, pool, node, question, random);
  return {
    rcode: node === undefined ? RCODE.NXDOMAIN : RCODE.NOERROR,
    authoritative: true,
    answer: set === undefined ? [] : [set],
    authority: set === undefined ? [soa(served, namesOf(zone).apex)] : [],
    additional: [],
    ede,
  };
}

/** A name that exists. */
interface Node {
  /** What stands there: SOA, NS and addresses; addresses; texts about overlay peers. */
  readonly kind: "apex" | "addresses" | "texts";
  /** The service bits that its peers have; undefined where any will do. */
  readonly services: string | undefined;
}

const SERVICE_LABEL = /^x(0|[1-9a-f][0-9a-f]*)$/;

/** Where peers stand that need more words than an address. The underscore keeps it apart from host names (RFC 8552). */
const TEXTS_LABEL = "_peers";

function findNode({ zone, network }: ServedZone, name: string): Node | undefined {
  if (name === zone.name) return { kind: "apex", services: undefined };
  let label = name.slice(0, -zone.name.length - 1);
  if (label === TEXTS_LABEL) return { kind: "texts", services: undefined };
  const kind = label.endsWith(`.${TEXTS_LABEL}`) ? "texts" : "addresses";
  if (kind === "texts") label = label.slice(0, -TEXTS_LABEL.length - 1);
  const services = SERVICE_LABEL.exec(label)?.[1];
  if (services === undefined || !network.serviceLabels.includes(services)) return undefined;
  return { kind, services };
}

function recordsAt(served: ServedZone, pool: Pool, node: Node, question: Question, random: RandomInt): RecordSet | undefined {
  const owner = question.name;
  switch (question.type) {
    case TYPE.A:
      return addresses(served, pool, node, owner, TYPE.A, random);
    case TYPE.AAAA:
      return addresses(served, pool, node, owner, TYPE.AAAA, random);
    case TYPE.NS:
      if (node.kind !== "apex") return undefined;
      return { owner, type: TYPE.NS, ttl: ttlOf(served, NS_TTL), data: namesOf(served.zone).nameservers };
    case TYPE.SOA:
      return node.kind === "apex" ? soa(served, owner) : undefined;
    case TYPE.TXT:
      return texts(served, pool, node, owner, random);
    case TYPE.ANY:
      // One small made-up record for all types (RFC 8482 §4.2): ANY is how reflected attacks are made large.
      return { owner, type: TYPE.HINFO, ttl: ttlOf(served, ANY_TTL), data: [{ cpu: "RFC8482", os: "" }] };
    default:
      return undefined;
  }
}

function addresses(
  { zone, network, freshness }: ServedZone,
  pool: Pool,
  node: Node,
  owner: Name,
  type: typeof TYPE.A | typeof TYPE.AAAA,
  random: RandomInt,
): RecordSet | undefined {
  if (node.kind === "texts") return undefined;
  const rows = sampleRows(pool, selectionOf(network, type, node.services), zone.records, random);
  if (rows.length === 0) return undefined;
  return {
    owner,
    type,
    ttl: ttlOf({ freshness }, zone.ttl),
    data: { length: rows.length, width: type === TYPE.A ? 4 : 16, rows, octets: pool.octets },
  };
}

function texts(
  { zone, freshness }: ServedZone,
  pool: Pool,
  { kind, services }: Node,
  owner: Name,
  random: RandomInt,
): RecordSet | undefined {
  if (kind !== "texts") return undefined;
  const data = overlayTexts(pool, services, zone.records, random);
  return data.length === 0 ? undefined : { owner, type: TYPE.TXT, ttl: ttlOf({ freshness }, zone.ttl), data };
}

/** Whom A or AAAA at a name can stand for. A record carries no port: only peers on the default one can be found by it. */
function selectionOf({ port }: Network, type: typeof TYPE.A | typeof TYPE.AAAA, services: string | undefined): Selection {
  return { family: type === TYPE.A ? "ipv4" : "ipv6", port, services };
}

/** Prepares a new pool for the questions that everybody asks, A and AAAA at the apex, before the first one comes. */
export function warmZone({ network }: Pick<ServedZone, "network">, pool: Pool): void {
  for (const type of [TYPE.AAAA, TYPE.A] as const) viewOf(pool, selectionOf(network, type, undefined));
}

/**
 * TTL and MINIMUM are equal, so that the record that stands at the apex and the one in negative answers are the same (RFC 2308
 * §3), and one signature will do for both. An empty name is asked for again as soon as a full one.
 */
function soa(served: ServedZone, owner: Name): RecordSet {
  const { zone, serial } = served;
  const { nameservers, contact } = namesOf(zone);
  const ttl = ttlOf(served, zone.ttl);
  const timers = { refresh: SOA_REFRESH, retry: SOA_RETRY, expire: zone.expire, minimum: ttl };
  return { owner, type: TYPE.SOA, ttl, data: [{ mname: nameservers[0]!, rname: contact, serial: serial >>> 0, ...timers }] };
}

const ttlOf = ({ freshness }: Pick<ServedZone, "freshness">, ttl: number): number =>
  freshness === "stale" ? Math.min(ttl, STALE_TTL) : ttl;

interface ZoneNames {
  readonly apex: Name;
  readonly nameservers: readonly Name[];
  readonly contact: Name;
}

const parsed = new WeakMap<Zone, ZoneNames>();

/** A zone's names in wire form, parsed once. */
function namesOf(zone: Zone): ZoneNames {
  let names = parsed.get(zone);
  if (names === undefined) {
    const [apex, contact] = [parseName(zone.name), parseName(zone.contact)];
    parsed.set(zone, (names = { apex, contact, nameservers: [...new Set(zone.nameservers)].map(parseName) }));
  }
  return names;
}
