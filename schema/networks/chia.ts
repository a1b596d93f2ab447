/** Chia and its test network. Nodes are reached over TLS and WebSocket, with a certificate that anybody can make. */
import type { NetworkOf } from "../network.ts";

const CONFIG = "Chia-Network/chia-blockchain chia/util/initial-config.yaml of 2.7.3";
const CONFIGURE = "Chia-Network/chia-blockchain chia/cmds/configure.py of 2.7.3 (--testnet)";
const CONSTANTS = "chia/consensus/default_constants.py";

/** BASE, BLOCK_HEADERS, RATE_LIMITS_V2 and HARD_FORK_2. Whoever offers RATE_LIMITS_V3 (7) must go on with an exchange that we have no use for. */
const CAPABILITIES = [1, 2, 3, 6];

const wire = (networkId: string): NetworkOf<"chia">["wire"] => ({
  family: "chia",
  networkId,
  protocolVersion: "0.0.38",
  capabilities: CAPABILITIES,
});

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "maxHeightLag" | "harvestSeconds" | "fixedSeeds" | "sources";

const COMMON: Pick<NetworkOf<"chia">, Common> = {
  scope: "public",
  minVersion: 35,
  services: "1",
  serviceLabels: ["1", "3", "7", "17", "37"],
  maxHeightLag: 1_152,
  harvestSeconds: 7_200,
  fixedSeeds: [],
  sources: {
    wire: `network id: ${CONFIG}, selected_network; version: chia/protocols/shared_protocol.py, NodeType.WALLET; capabilities: the same file, without RATE_LIMITS_V3`,
    port: CONFIG,
    minVersion:
      "0.0.35, the least that answers with errors (chia/server/ws_connection.py, error_response_version); nodes themselves ask for none",
    services: "BASE: id n of Capability in chia/protocols/shared_protocol.py is bit n - 1",
    serviceLabels:
      "the sets of capabilities that full nodes have offered, from BASE alone to those of 2.7.3 (chia/protocols/shared_protocol.py)",
    minHeight: `HARD_FORK_HEIGHT in ${CONSTANTS}: who is below is on no chain of today's (the seeder of chia/seeder asks for 240,000)`,
    maxHeightLag: "our choice: six hours of blocks at 18.75 seconds",
    harvestSeconds:
      "our choice: every answer is a new random sample, none is cached (chia/server/address_manager.py); the seeder asks at every visit",
    dnsSeeds: CONFIG,
    introducers: CONFIG,
    fixedSeeds: "none: DNS seeds and introducers suffice",
    foreignPorts: `default_full_node_port of the other networks, ${CONFIG}: nodes leave them out of their gossip too`,
  },
};

export const CHIA: NetworkOf<"chia"> = {
  ...COMMON,
  name: "chia",
  title: "Chia",
  wire: wire("mainnet"),
  port: 8444,
  minHeight: 5_496_000,
  dnsSeeds: [
    "dns-introducer.chia.net",
    "chia.ctrlaltdel.ch",
    "seeder.dexie.space",
    "chia.hoffmang.com",
    "seeder.xchpool.org",
    "seeder.xchseeder.com",
  ],
  introducers: ["introducer.chia.net:8444"],
  foreignPorts: [58444],
};

export const CHIA_TESTNET11: NetworkOf<"chia"> = {
  ...COMMON,
  name: "chia-testnet11",
  title: "Chia testnet11",
  wire: wire("testnet11"),
  port: 58444,
  minHeight: 0,
  maxHeightLag: 4_608,
  dnsSeeds: ["dns-introducer-testnet11.chia.net"],
  introducers: ["introducer-testnet11.chia.net:58444"],
  foreignPorts: [8444],
  sources: {
    ...COMMON.sources,
    minHeight: "none: all forks were active from its start",
    maxHeightLag: "our choice: a day of blocks at 18.75 seconds; few farm there",
    dnsSeeds: CONFIGURE,
    introducers: CONFIGURE,
  },
};
