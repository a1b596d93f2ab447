/**
 * The names of a zone. Few, public, and the same for every snapshot:
 *
 *     <zone>                    SOA, NS, and a sample of peers as A and AAAA
 *     x<hex>.<zone>             A and AAAA of peers that have all these service bits, for each mask that the network offers
 *     _<network>._tcp.<zone>    SRV of peers with their ports; _tcp alone is an empty non-terminal
 *     _peers.<zone>             TXT of peers on overlay networks; x<hex>._peers those with all bits of a mask
 *     peer.<zone>               a zone of its own, never signed, where the hosts stand that SRV points to: <hex>.peer.<zone>
 *
 * Every name that has records also has the HINFO record that ANY is answered with.
 */
import type { Network } from "../../schema/network.ts";
import type { Zone } from "../../schema/zone.ts";
import { parseName, type Name } from "./name.ts";

/** A name that exists, and what stands there. */
export type Node =
  | { readonly kind: "apex" }
  /** Addresses, texts: the service bits that the peers have; undefined where any will do. */
  | { readonly kind: "addresses"; readonly services: string }
  | { readonly kind: "texts"; readonly services: string | undefined }
  | { readonly kind: "services" }
  /** An empty non-terminal (RFC 4592 §2.2.2): it exists for the sake of names below it. */
  | { readonly kind: "empty" }
  /** The apex of the child zone: in the zone itself no more than a delegation. */
  | { readonly kind: "cut" }
  /** A name below the cut that can be a host's: 8 or 32 hex digits of an address. */
  | { readonly kind: "host"; readonly address: string };

export interface Tree {
  readonly apex: Name;
  readonly cut: Name;
  readonly nameservers: readonly Name[];
  readonly contact: Name;
  /** By text, lower case with a final dot. Hosts are not among them: which exist is the snapshot's to say. */
  readonly nodes: ReadonlyMap<string, Node>;
}

/** The label of the child zone. SRV targets are host names: no underscore. */
const CUT_LABEL = "peer";
/** The underscores keep these apart from host names (RFC 8552). */
const TEXTS_LABEL = "_peers";
const PROTOCOL_LABEL = "_tcp";

/** The labels directly below an apex that no other zone may have for its own. */
export const takenLabels = ({ serviceLabels }: Network): readonly string[] => [
  CUT_LABEL,
  TEXTS_LABEL,
  PROTOCOL_LABEL,
  ...serviceLabels.map((services) => `x${services}`),
];

/** The octets of the longest name in a zone that can have records: that of a host with an IPv6 address, or a label of the network's own. */
export function longestName({ name }: Pick<Zone, "name">, { name: networkName, serviceLabels }: Network): number {
  const hosts = `${"0".repeat(32)}.${CUT_LABEL}`;
  const labels = [hosts, `_${networkName}.${PROTOCOL_LABEL}`, ...serviceLabels.map((services) => `x${services}.${TEXTS_LABEL}`)];
  // Each dot of the text is a label's length octet; one more is the first label's, and the last dot is the root's.
  return Math.max(...labels.map(({ length }) => length)) + 1 + name.length + 1;
}

const trees = new WeakMap<Zone, Tree>();

/** A zone's names, laid out once. */
export function treeOf(zone: Zone, network: Network): Tree {
  let tree = trees.get(zone);
  if (tree === undefined) trees.set(zone, (tree = plant(zone, network)));
  return tree;
}

function plant(zone: Zone, { name: networkName, serviceLabels }: Network): Tree {
  const nodes = new Map<string, Node>([[zone.name, { kind: "apex" }]]);
  const add = (label: string, node: Node): unknown => nodes.set(`${label}.${zone.name}`, node);
  for (const services of serviceLabels) add(`x${services}`, { kind: "addresses", services });
  add(TEXTS_LABEL, { kind: "texts", services: undefined });
  for (const services of serviceLabels) add(`x${services}.${TEXTS_LABEL}`, { kind: "texts", services });
  add(PROTOCOL_LABEL, { kind: "empty" });
  add(`_${networkName}.${PROTOCOL_LABEL}`, { kind: "services" });
  add(CUT_LABEL, { kind: "cut" });
  const [apex, cut, contact] = [parseName(zone.name), parseName(`${CUT_LABEL}.${zone.name}`), parseName(zone.contact)];
  return { apex, cut, contact, nameservers: [...new Set(zone.nameservers)].map(parseName), nodes };
}

const HOST_LABEL = /^(?:[0-9a-f]{8}|[0-9a-f]{32})$/;

/** What is at a name (text, lower case, final dot) at or below the zone's apex; undefined where nothing can be. */
export function findNode({ nodes }: Tree, zone: Zone, name: string): Node | undefined {
  const node = nodes.get(name);
  if (node !== undefined || !isBelowCut(zone, name)) return node;
  const address = name.slice(0, -(CUT_LABEL.length + zone.name.length + 2));
  return HOST_LABEL.test(address) ? { kind: "host", address } : undefined;
}

/** Whether a name belongs to the child zone, its apex included. Dots in it divide labels: those that do not are escaped. */
export function isInChild(zone: Zone, name: string): boolean {
  return name.length === CUT_LABEL.length + 1 + zone.name.length ? name.startsWith(`${CUT_LABEL}.`) : isBelowCut(zone, name);
}

const isBelowCut = (zone: Zone, name: string): boolean => {
  const start = name.length - zone.name.length - CUT_LABEL.length - 2;
  return start > 0 && name.startsWith(`.${CUT_LABEL}.`, start) && !isEscaped(name, start);
};

/** Whether a character of a name's text is part of a label: an odd number of backslashes stands before it, for an even one escapes itself. */
function isEscaped(name: string, at: number): boolean {
  let first = at;
  while (name[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

/** The host name of an address's octets below the cut. */
export function hostName({ cut }: Pick<Tree, "cut">, octets: Uint8Array): Name {
  const length = 2 * octets.length;
  const name = new Uint8Array(1 + length + cut.length);
  name[0] = length;
  octets.forEach((octet, i) => {
    name[1 + 2 * i] = HEX_DIGITS.charCodeAt(octet >> 4);
    name[2 + 2 * i] = HEX_DIGITS.charCodeAt(octet & 0xf);
  });
  name.set(cut, 1 + length);
  return name;
}

const HEX_DIGITS = "0123456789abcdef";
