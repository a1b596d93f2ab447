/** The zone that the judges look at: its network, its peers, and what it is told to outsiders as. */
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Network, NetworkOf } from "../../schema/network.ts";
import { i2pHost, onionHost } from "../../crawler/protocols/overlay.ts";
import { sampleReport } from "../../crawler/push/registry-model.ts";
import type { Report } from "../../schema/report.ts";
import { ZoneSchema, type Zone } from "../../schema/zone.ts";
import { treeOf, type Node } from "../../workers/dns/tree.ts";
import * as v from "valibot";

/** The apex without the final dot. */
export const APEX = "judged.seed.example.org";
/** A zone of the same edge for which nobody ever reported a peer: it has no snapshot. */
export const COLD_APEX = "cold.seed.example.org";
export const NAMESERVER = "ns1.example.net";
export const CONTACT = "hostmaster.example.net";

/** The judged zone's entry in ZONES, and that of the cold one. */
export const zoneEntry = (apex: string, network: Network): Partial<Zone> => ({
  name: `${apex}.`,
  network,
  nameservers: [`${NAMESERVER}.`],
  contact: `${CONTACT}.`,
});

/** Of public addresses, of which the namespace has 25.0.0.0/8 and 2a01:4f8::/32. */
export const NETWORK: NetworkOf<"bitcoin"> = { ...DEVNET, name: "judged", title: "Judged", scope: "public", fixedSeeds: [] };

/** Every name of the judged zone, without the final dot, with what is there; hosts below `peer` are the snapshot's to say. */
export const NAMES: ReadonlyMap<string, Node> = new Map(
  Array.from(treeOf(v.parse(ZoneSchema, zoneEntry(APEX, NETWORK)), NETWORK).nodes, ([name, node]) => [name.slice(0, -1), node]),
);

/** The service bits of the peers that have a label of their own, and the label; nobody else has all of them. */
export const RARE = { services: "449", label: "x448" } as const;
/** The only peers with the rare services, on the default port. Both addresses are the namespace's own. */
export const RARE_PEERS = { A: "25.99.0.1", AAAA: "2a01:4f8::99" } as const;
/** A peer that A and AAAA cannot name, for its port is not the default one. */
export const ODD_PEER = { address: "25.98.0.1", port: 9_999, host: "19620001" } as const;

/** As many as fill an answer, in netgroups of their own. */
const IPV4_PEERS = Array.from({ length: 60 }, (_, i) => `25.${i + 1}.0.1:${NETWORK.port}`);
const IPV6_PEERS = Array.from({ length: 40 }, (_, i) => `[2a${i + 10}::1]:${NETWORK.port}`);
const key = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
const ONIONS = Array.from({ length: 6 }, (_, i) => `${onionHost(key(i + 1))}:${NETWORK.port}`);
const I2P = Array.from({ length: 3 }, (_, i) => `${i2pHost(key(i + 1))}:0`);
const CJDNS = Array.from({ length: 2 }, (_, i) => `[fc00::${i + 1}]:${NETWORK.port}`);

/** Every peer of the judged network as a vantage reports it at `now`, Unix seconds. */
export function judgedReports(now: number): readonly Report[] {
  const times = { since: now - 60, seen: now };
  const usual = [...IPV4_PEERS, ...IPV6_PEERS, ...ONIONS, ...I2P, ...CJDNS, `${ODD_PEER.address}:${ODD_PEER.port}`];
  const rare = [`${RARE_PEERS.A}:${NETWORK.port}`, `[${RARE_PEERS.AAAA}]:${NETWORK.port}`];
  return [
    ...usual.map((address) => sampleReport(address, times)),
    ...rare.map((address) => sampleReport(address, { ...times, services: RARE.services })),
  ];
}
