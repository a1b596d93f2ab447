/** Dogecoin: descends from Bitcoin Core 0.14, so no addrv2 and a slow answer to getaddr. */
import type { NetworkOf } from "../network.ts";

const CHAINPARAMS = "dogecoin/dogecoin src/chainparams.cpp of the 1.14 line";
const SETTINGS = "team-exor/generic-seeder settings.conf.dogecoin at f6127f8c";

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "maxHeightLag" | "fixedSeeds" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"bitcoin">, Common> = {
  scope: "public",
  minVersion: 70003,
  services: "1",
  serviceLabels: ["1", "5"],
  maxHeightLag: 360,
  fixedSeeds: [],
  foreignPorts: [],
  sources: {
    wire: `${CHAINPARAMS}; version: ${SETTINGS}; addrv2: none before Core 0.21`,
    port: CHAINPARAMS,
    minVersion: `${SETTINGS}, min_peer_proto_version`,
    services: "NODE_NETWORK: segregated witness is not active on Dogecoin",
    serviceLabels: "those of sipa/bitcoin-seeder main.cpp at ff482e46 whose bits the 1.14 line has",
    minHeight: `the last checkpoint of January 2024, ${CHAINPARAMS}`,
    maxHeightLag: "our choice: six hours of blocks at one minute",
    dnsSeeds: CHAINPARAMS,
    fixedSeeds: "none: the DNS seeds suffice",
    foreignPorts: "none known",
  },
};

export const DOGECOIN: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "dogecoin",
  title: "Dogecoin",
  wire: { family: "bitcoin", magic: "c0c0c0c0", protocolVersion: 70015, addrv2: false },
  port: 22556,
  minHeight: 5_050_000,
  dnsSeeds: ["seed.multidoge.org", "seed2.multidoge.org"],
};

export const DOGECOIN_TESTNET: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "dogecoin-testnet",
  title: "Dogecoin testnet",
  wire: { family: "bitcoin", magic: "fcc1b7dc", protocolVersion: 70015, addrv2: false },
  port: 44556,
  minHeight: 0,
  maxHeightLag: 10_000,
  dnsSeeds: ["testseed.jrn.me.uk"],
  sources: {
    ...COMMON.sources,
    minHeight: "none known with certainty",
    maxHeightLag: "our choice: a week of blocks at one minute; the difficulty rule lets them come in bursts",
  },
};
