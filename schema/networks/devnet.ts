/** The networks of `npm start`: fake nodes on loopback, one network a protocol family. */
import type { Network, NetworkOf } from "../network.ts";

const OURS = "chosen for Seedcast's own devnet";

export const DEVNET: NetworkOf<"bitcoin"> = {
  name: "devnet",
  title: "Seedcast devnet",
  wire: { family: "bitcoin", magic: "5eedca57", protocolVersion: 70016, addrv2: true },
  port: 28333,
  scope: "loopback",
  minVersion: 70001,
  services: "1",
  serviceLabels: ["1", "5", "9", "d", "49", "409", "448"],
  minHeight: 0,
  maxHeightLag: 10,
  dnsSeeds: [],
  fixedSeeds: ["127.0.0.1:28333"],
  foreignPorts: [],
  sources: {
    wire: OURS,
    port: OURS,
    minVersion: OURS,
    services: OURS,
    serviceLabels: OURS,
    minHeight: OURS,
    maxHeightLag: OURS,
    dnsSeeds: "none: nothing leaves the machine",
    fixedSeeds: "the devnet's first node",
    foreignPorts: "none",
  },
};

/** As `DEVNET` with what Navio asks of its peers: witness, and larger messages. */
export const DEVNET_NAVIO: NetworkOf<"bitcoin"> = {
  ...DEVNET,
  name: "devnet-navio",
  title: "Seedcast devnet of Navio's kind",
  wire: { ...DEVNET.wire, magic: "5eedca58", maxMessage: 16_000_000 },
  port: 28733,
  services: "9",
  fixedSeeds: ["127.0.0.1:28733"],
};

/** Fake Decred nodes. */
export const DEVNET_DECRED: NetworkOf<"decred"> = {
  ...DEVNET,
  name: "devnet-decred",
  title: "Seedcast devnet (Decred)",
  wire: { family: "decred", magic: "5eedca59", protocolVersion: 11 },
  port: 28433,
  minVersion: 9,
  serviceLabels: ["1", "5"],
  fixedSeeds: ["127.0.0.1:28433"],
};

/** Fake Chia nodes: the same over TLS and WebSocket. */
export const DEVNET_CHIA: NetworkOf<"chia"> = {
  ...DEVNET,
  name: "devnet-chia",
  title: "Seedcast devnet (Chia)",
  wire: { family: "chia", networkId: "devnet", protocolVersion: "0.0.38", capabilities: [1, 2, 3, 6] },
  port: 28633,
  minVersion: 35,
  serviceLabels: ["1", "3", "7", "17", "37"],
  fixedSeeds: ["127.0.0.1:28633"],
};

/** Fake Nano nodes. */
export const DEVNET_NANO: NetworkOf<"nano"> = {
  ...DEVNET,
  name: "devnet-nano",
  title: "Seedcast devnet (Nano)",
  wire: { family: "nano", networkId: "5244", genesis: "5eedca57".repeat(8), versionMax: 0x15, versionUsing: 0x15, versionMin: 0x14 },
  port: 28533,
  minVersion: 0x14,
  services: "0",
  serviceLabels: [],
  harvestSeconds: 900,
  fixedSeeds: ["127.0.0.1:28533"],
  sources: {
    ...DEVNET.sources,
    services: "none: the protocol has no service bits",
    serviceLabels: "none: the protocol has no service bits",
    harvestSeconds: "as Nano",
  },
};

/** All of them. */
export const DEVNETS: readonly Network[] = [DEVNET, DEVNET_NAVIO, DEVNET_DECRED, DEVNET_NANO, DEVNET_CHIA];
