/** Navio: a fork of Bitcoin Core 26 with the same handshake. */
import type { NetworkOf } from "../network.ts";

const CHAINPARAMS = "nav-io/navio-core src/kernel/chainparams.cpp at 5aba9e7";

const wire = (magic: string): NetworkOf<"bitcoin">["wire"] => ({
  family: "bitcoin",
  magic,
  protocolVersion: 70016,
  addrv2: true,
  maxMessage: 16_000_000,
});

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "minHeight" | "maxHeightLag" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"bitcoin">, Common> = {
  scope: "public",
  minVersion: 70001,
  services: "9",
  serviceLabels: ["1", "5", "9", "d", "49", "400", "404", "408", "40c", "448", "809", "849", "c08", "c48"],
  minHeight: 0,
  maxHeightLag: 180,
  foreignPorts: [],
  sources: {
    wire: `magic: ${CHAINPARAMS}; version: src/node/protocol_version.h; maxMessage: src/net.h MAX_PROTOCOL_MESSAGE_LENGTH`,
    port: CHAINPARAMS,
    minVersion: "as sipa/bitcoin-seeder db.h at ff482e46; navio-core's MIN_PEER_PROTO_VERSION is 31800",
    services: "NODE_NETWORK and NODE_WITNESS: navio-core src/protocol.h SeedsServiceFlags, unchanged from Core",
    serviceLabels: "as sipa/bitcoin-seeder main.cpp at ff482e46: navio-core has Core's service bits",
    minHeight: "none: the chain is young (genesis of 2026-07-01) and testnets are reset",
    maxHeightLag: `our choice: six hours of blocks at two minutes (nPosTargetSpacing in ${CHAINPARAMS})`,
    dnsSeeds: CHAINPARAMS,
    fixedSeeds: CHAINPARAMS,
    foreignPorts: "none: no other network shares the magic",
  },
};

export const NAVIO: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "navio",
  title: "Navio",
  wire: wire("bd5fc300"),
  port: 48470,
  dnsSeeds: ["seed.nav.io"],
  fixedSeeds: ["168.119.249.67:48470"],
};

/** Reset now and then with a new magic and port; this is "testnet7". */
export const NAVIO_TESTNET: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "navio-testnet",
  title: "Navio testnet",
  wire: wire("2467d2c1"),
  port: 33670,
  dnsSeeds: ["testnet.nav.io", "testnet2.nav.io"],
  fixedSeeds: [],
  sources: {
    ...COMMON.sources,
    dnsSeeds: "nav-io/navio-blocks indexer/src/sync/peers.ts at 933b05ff; the chain parameters name none",
    fixedSeeds: "none: those in the chain parameters are left over from Bitcoin's testnet",
  },
};
