/** Litecoin and its test networks. Most nodes are 0.21: they know addrv2, but answer getaddr as slowly as old ones. */
import type { NetworkOf } from "../network.ts";

const CHAINPARAMS = "litecoin-project/litecoin src/chainparams.cpp at d8c8adc0";
const CHOSEN_FOR_TESTS = "our choice: a regtest is whatever its operator makes of it";

const wire = (magic: string): NetworkOf<"bitcoin">["wire"] => ({
  family: "bitcoin",
  magic,
  protocolVersion: 70016,
  addrv2: true,
  gossipWaitMs: 60_000,
});

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "maxHeightLag" | "fixedSeeds" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"bitcoin">, Common> = {
  scope: "public",
  minVersion: 70001,
  services: "9",
  serviceLabels: ["1", "5", "9", "d", "49", "400", "404", "408", "40c", "448", "809", "849", "c08", "c48", "1000009"],
  maxHeightLag: 144,
  fixedSeeds: [],
  foreignPorts: [],
  sources: {
    wire: `magic: ${CHAINPARAMS}; version: 70016 is the last that src/version.h shares with Bitcoin; gossipWaitMs: the timer of Core before 22 (mean 30 s) in 0.21`,
    port: CHAINPARAMS,
    minVersion: "as sipa/bitcoin-seeder db.h at ff482e46; Litecoin itself accepts 31800",
    services: "NODE_NETWORK and NODE_WITNESS: litecoin src/protocol.h, as in Core",
    serviceLabels:
      "as sipa/bitcoin-seeder main.cpp at ff482e46, and NETWORK | WITNESS | MWEB, which Litecoin Core 0.21.2 itself asks for (observed)",
    minHeight: `the block assumed valid in ${CHAINPARAMS}`,
    maxHeightLag: "our choice: six hours of blocks at two and a half minutes",
    dnsSeeds: CHAINPARAMS,
    fixedSeeds: "none: the DNS seeds suffice",
    foreignPorts: "none known",
  },
};

export const LITECOIN: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "litecoin",
  title: "Litecoin",
  wire: wire("fbc0b6db"),
  port: 9333,
  minHeight: 2_772_730,
  dnsSeeds: [
    "seed-a.litecoin.loshan.co.uk",
    "dnsseed.thrasher.io",
    "dnsseed.litecointools.com",
    "dnsseed.litecoinpool.org",
    "dnsseed.koin-project.com",
  ],
};

export const LITECOIN_TESTNET: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "litecoin-testnet",
  title: "Litecoin testnet4",
  wire: wire("fdd2c8f1"),
  port: 19335,
  minHeight: 2_352_616,
  dnsSeeds: ["testnet-seed.litecointools.com", "seed-b.litecoin.loshan.co.uk", "dnsseed-testnet.thrasher.io"],
  maxHeightLag: 576,
  sources: {
    ...COMMON.sources,
    minHeight: `the last checkpoint in ${CHAINPARAMS}`,
    maxHeightLag: "our choice: a day of blocks; they come in bursts on a test network",
  },
};

/** Shares its magic with Bitcoin's regtest: both took it from Core. Public addresses, for nodes in a network namespace. */
export const LITECOIN_REGTEST: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "litecoin-regtest",
  title: "Litecoin regtest",
  wire: wire("fabfb5da"),
  port: 19444,
  services: "1",
  minHeight: 0,
  maxHeightLag: 1_000,
  dnsSeeds: [],
  sources: {
    ...COMMON.sources,
    services: CHOSEN_FOR_TESTS,
    minHeight: CHOSEN_FOR_TESTS,
    maxHeightLag: CHOSEN_FOR_TESTS,
    dnsSeeds: "none: a regtest has no seeds",
    fixedSeeds: "none: a regtest has no seeds",
  },
};
