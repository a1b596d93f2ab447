/**
 * What a signed zone holds between two publications: every owner name with its sets, and for sets that are drawn, the samples to choose from.
 * A signed answer with its signature fits a UDP message that passes unfragmented, so samples of long records are shorter than unsigned ones.
 */
import { MAX_BANK_SAMPLES } from "../../schema/bank.ts";
import type { Network } from "../../schema/network.ts";
import type { Zone } from "../../schema/zone.ts";
import { RECORD_HEAD_OCTETS } from "../dns/message.ts";
import { MAX_LABEL_OCTETS, parseName, type Name } from "../dns/name.ts";
import { orderKey } from "../dns/name-order.ts";
import { TYPE, type AddressType, type Rdata } from "../dns/records.ts";
import { serviceRecord } from "../dns/service-hosts.ts";
import { treeOf, type Node, type Tree } from "../dns/tree.ts";
import { addressSelection, ANY_DATA, ANY_TTL, NS_TTL, soaSet } from "../dns/zone.ts";
import { dealSamples, dueBetween, type Deal } from "../sampling/deal.ts";
import { rowOctets, type Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import type { Selection } from "../sampling/view.ts";
import { answerRoom, signatureOctets } from "./answer-size.ts";
import { overlaySamples } from "./overlay-samples.ts";

/** A set of the zone. Sets that are not drawn have one sample. */
export interface ZoneSet {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly samples: readonly (readonly Rdata[])[];
}

/** An owner name with its sets. */
export interface ZoneOwner {
  /** Relative to the apex; empty for the apex itself. */
  readonly label: string;
  readonly owner: Name;
  readonly sets: readonly ZoneSet[];
}

export interface ZoneContent {
  readonly zone: Zone;
  readonly network: Network;
  readonly pool: Pool;
  /** The snapshot's number. */
  readonly serial: number;
  /** When the zone is made, Unix seconds, and for how many seconds at most it has to do. */
  readonly generated: number;
  readonly seconds: number;
  /** How many signatures each set gets. */
  readonly signatures: number;
  readonly random: RandomInt;
}

/** How much longer in seconds a zone has to do than until its successor is due: the tick comes once a minute, and may fail once. */
export const LATE_SECONDS = 120;

/** How many samples to have of a set at least, so that not all resolvers are given the same peers. */
export const LEAST_SAMPLES = 8;

/** The owners of a signed zone in canonical order. The empty non-terminal owns nothing and is not among them. */
export function zoneOwners(content: ZoneContent): ZoneOwner[] {
  const { zone, network } = content;
  const tree = treeOf(zone, network);
  const owners = Array.from(tree.nodes, ([name, node]): ZoneOwner => {
    const owner = parseName(name);
    return { label: name.slice(0, Math.max(0, name.length - zone.name.length - 1)), owner, sets: setsAt(content, tree, node, owner) };
  });
  const keyed = owners.filter(({ sets }) => sets.length > 0).map((each) => ({ key: orderKey(each.owner), each }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ each }) => each);
}

function setsAt(content: ZoneContent, tree: Tree, node: Node, owner: Name): ZoneSet[] {
  const { zone, serial } = content;
  const ns: ZoneSet = { type: TYPE.NS, ttl: NS_TTL, samples: [tree.nameservers] };
  const any: ZoneSet = { type: TYPE.HINFO, ttl: ANY_TTL, samples: [[ANY_DATA]] };
  switch (node.kind) {
    case "apex": {
      const soa = soaSet({ zone, serial, freshness: "fresh" }, owner, tree);
      return [{ type: TYPE.SOA, ttl: soa.ttl, samples: [soa.data] }, ns, any, ...addressSets(content, owner, undefined)];
    }
    case "addresses":
      return [any, ...addressSets(content, owner, node.services)];
    case "services": {
      const longest = SRV_HEAD_OCTETS + HOST_LABEL_OCTETS + tree.cut.length;
      const deal = dealOf(content, owner, longest);
      return [any, ...drawn(content, TYPE.SRV, { family: "ip" }, deal, (row) => serviceRecord(content.pool, tree, row))];
    }
    case "texts": {
      const { pool, random } = content;
      const samples = overlaySamples(pool, node.services, dealOf(content, owner, LONGEST_TEXTS), dueOf(content), random);
      return [any, ...(samples.length === 0 ? [] : [{ type: TYPE.TXT, ttl: zone.ttl, samples }])];
    }
    case "cut":
      return [ns];
    case "empty":
    case "host":
      break;
  }
  return [];
}

/** Priority, weight and port before an SRV's target, and the longest first label that this has (with its length). */
const SRV_HEAD_OCTETS = 6;
const HOST_LABEL_OCTETS = 33;
/** The longest TXT data: an onion service with its port, and 64 service bits, each with its length. */
const LONGEST_TEXTS = 1 + MAX_LABEL_OCTETS + 5 + 1 + "services=".length + 16;

function addressSets(content: ZoneContent, owner: Name, services: string | undefined): ZoneSet[] {
  return ([TYPE.A, TYPE.AAAA] as const).flatMap((type: AddressType) => {
    const deal = dealOf(content, owner, type === TYPE.A ? 4 : 16);
    return drawn(content, type, addressSelection(content.network, type, services), deal, (row) => rowOctets(content.pool, row));
  });
}

function drawn(content: ZoneContent, type: number, selection: Selection, deal: Deal, data: (row: number) => Rdata): ZoneSet[] {
  const samples = dealSamples(content.pool, selection, deal, dueOf(content), content.random);
  return samples.length === 0 ? [] : [{ type, ttl: content.zone.ttl, samples: samples.map((rows) => rows.map(data)) }];
}

const dueOf = ({ pool, generated, seconds }: ZoneContent): ((row: number) => boolean) => dueBetween(pool, generated, seconds);

/** Samples of as many records, of data no longer than `longest`, as a signed UDP message has room for. */
function dealOf({ zone, signatures }: ZoneContent, owner: Name, longest: number): Deal {
  const room = answerRoom(owner.length) - signatures * signatureOctets(zone);
  const count = Math.max(1, Math.min(zone.records, Math.floor(room / (RECORD_HEAD_OCTETS + longest))));
  return { count, least: LEAST_SAMPLES, most: MAX_BANK_SAMPLES };
}
