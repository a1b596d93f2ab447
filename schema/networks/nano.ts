/** Nano and its public test networks (nanocurrency/nano-node). */
import type { NetworkOf } from "../network.ts";

const CONSTANTS = "nanocurrency/nano-node nano/lib/config.hpp network_constants at 9efd8497";
const GENESIS =
  "BLAKE2b-256 over source, representative and account of the genesis block in nanocurrency/nano-node nano/secure/common.cpp at 9efd8497";

/** Versions move with each release, networks do not: a new one is a change of these numbers (or a parameter file), not of code. */
const wire = (networkId: string, genesis: string): NetworkOf<"nano">["wire"] => ({
  family: "nano",
  networkId,
  genesis,
  versionMax: 0x15,
  versionUsing: 0x15,
  versionMin: 0x14,
});

type Common =
  | "scope"
  | "minVersion"
  | "services"
  | "serviceLabels"
  | "minHeight"
  | "maxHeightLag"
  | "harvestSeconds"
  | "fixedSeeds"
  | "foreignPorts"
  | "sources";

const COMMON: Pick<NetworkOf<"nano">, Common> = {
  scope: "public",
  minVersion: 0x14,
  services: "0",
  serviceLabels: [],
  minHeight: 0,
  maxHeightLag: 1_000_000,
  harvestSeconds: 900,
  fixedSeeds: [],
  foreignPorts: [],
  sources: {
    wire: `networkId, versions: ${CONSTANTS} (V27.1: using 0x15, min 0x14); genesis: ${GENESIS}`,
    port: CONSTANTS,
    minVersion: `protocol_version_min in ${CONSTANTS}: nodes hang up on lower ones, so those are of no use to a newcomer`,
    services: "none: the protocol has no service bits",
    serviceLabels: "none: the protocol has no service bits",
    minHeight: "none: a node that tells no telemetry in time tells no height",
    maxHeightLag:
      "our choice: half a percent of the 200 million blocks, beyond what a node lags in a storm of blocks; only a node that tells its cemented count can fail it",
    dnsSeeds: "default_live_peer_network and its like in nanocurrency/nano-node nano/node/nodeconfig.cpp at 9efd8497",
    harvestSeconds: "our choice: one keepalive names six peers at most, so every retest (20 min, 10 % earlier at most) asks again",
    fixedSeeds: "none",
    foreignPorts: "none: no other network has the id",
  },
};

export const NANO: NetworkOf<"nano"> = {
  ...COMMON,
  name: "nano",
  title: "Nano",
  wire: wire("5243", "991cf190094c00f0b68e2e5f75f6bee95a2e0bd93ceaa4a6734db9f19b728948"),
  port: 7075,
  dnsSeeds: ["peering.nano.org"],
};

export const NANO_BETA: NetworkOf<"nano"> = {
  ...COMMON,
  name: "nano-beta",
  title: "Nano beta network",
  wire: wire("5242", "e1227cf974c1455a8b630433d94f3ddbf495eeac9add2481a4a1d90a0d00f488"),
  port: 54000,
  dnsSeeds: ["peering-beta.nano.org"],
};

export const NANO_TEST: NetworkOf<"nano"> = {
  ...COMMON,
  name: "nano-test",
  title: "Nano test network",
  wire: wire("5258", "b1d60c0b886b57401ef5a1daa04340e53726aa6f4d706c085706f31bbd100cee"),
  port: 17075,
  dnsSeeds: ["peering-test.nano.org"],
};
