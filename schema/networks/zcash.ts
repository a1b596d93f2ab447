/** Zcash. Nodes refuse peers that state less than the current network upgrade's version, so these numbers age. */
import type { NetworkOf } from "../network.ts";

const CHAINPARAMS = "zcash/zcash src/chainparams.cpp at 558f6865";
const ZEBRA = "ZcashFoundation/zebra zebra-network at 1c9b2450";

/** 170160 is above Bitcoin's 70016, but no node sends addrv2; zcashd's answer to getaddr comes by an old, slow timer. */
const wire = (magic: string): NetworkOf<"bitcoin">["wire"] => ({
  family: "bitcoin",
  magic,
  protocolVersion: 170160,
  addrv2: false,
  gossipWaitMs: 60_000,
});

type Common = "scope" | "services" | "serviceLabels" | "maxHeightLag" | "fixedSeeds" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"bitcoin">, Common> = {
  scope: "public",
  services: "1",
  serviceLabels: ["1", "5"],
  maxHeightLag: 288,
  fixedSeeds: [],
  foreignPorts: [8033, 18033, 16125, 26125, 8232, 18232],
  sources: {
    wire: `magic: ${CHAINPARAMS}; version: network upgrade 6.3 in ${ZEBRA}; gossipWaitMs: the timer of Core before 22 in zcashd`,
    port: CHAINPARAMS,
    minVersion: `network upgrade 6.2 (from height 3,364,600), ${CHAINPARAMS} and ${ZEBRA}`,
    services: "NODE_NETWORK: Zcash has no segregated witness",
    serviceLabels: "those of sipa/bitcoin-seeder main.cpp at ff482e46 whose bits zcashd has",
    minHeight: `activation of network upgrade 6.2, ${ZEBRA}`,
    maxHeightLag: "our choice: six hours of blocks at 75 seconds",
    dnsSeeds: `${CHAINPARAMS} and ${ZEBRA}`,
    fixedSeeds: "none: the DNS seeds suffice",
    foreignPorts: `ZClassic, Flux and the RPC ports share the magic or are mistaken for it: ${ZEBRA}`,
  },
};

export const ZCASH: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "zcash",
  title: "Zcash",
  wire: wire("24e92764"),
  port: 8233,
  minVersion: 170150,
  minHeight: 3_364_600,
  dnsSeeds: [
    "dnsseed.z.cash",
    "dnsseed.str4d.xyz",
    "mainnet.seeder.zfnd.org",
    "mainnet.seeder.shieldedinfra.net",
    "seeder.zec.rocks",
    "mainnet.is.yolo.money",
  ],
};

export const ZCASH_TESTNET: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "zcash-testnet",
  title: "Zcash testnet",
  wire: wire("fa1af9bf"),
  port: 18233,
  minVersion: 170130,
  minHeight: 0,
  dnsSeeds: ["dnsseed.testnet.z.cash", "testnet.seeder.zfnd.org", "seeder.testnet.zec.rocks", "testnet.is.yolo.money"],
  sources: {
    ...COMMON.sources,
    minVersion: `network upgrade 6.1, the last whose testnet version is certain: ${CHAINPARAMS}`,
    minHeight: "none known with certainty",
  },
};
