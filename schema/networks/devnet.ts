/** The network of `npm start`: fake nodes on loopback that speak the Bitcoin family's protocol. */
import type { NetworkOf } from "../network.ts";

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

/** Fake Chia nodes: the same over TLS and WebSocket. */
export const DEVNET_CHIA: NetworkOf<"chia"> = {
  name: "devnet-chia",
  title: "Seedcast devnet (Chia)",
  wire: { family: "chia", networkId: "devnet", protocolVersion: "0.0.38", capabilities: [1, 2, 3, 6] },
  port: 28633,
  scope: "loopback",
  minVersion: 35,
  services: "1",
  serviceLabels: ["1", "3", "7", "17", "37"],
  minHeight: 0,
  maxHeightLag: 10,
  dnsSeeds: [],
  fixedSeeds: ["127.0.0.1:28633"],
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
