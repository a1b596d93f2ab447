/** Bitcoin and its test networks. */
import type { NetworkOf } from "../network.ts";

const CHAINPARAMS = "bitcoin/bitcoin src/kernel/chainparams.cpp as of v30";
const CHOSEN_FOR_TESTS = "our choice: a regtest is whatever its operator makes of it";

const wire = (magic: string): NetworkOf<"bitcoin">["wire"] => ({ family: "bitcoin", magic, protocolVersion: 70016, addrv2: true });

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "maxHeightLag" | "fixedSeeds" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"bitcoin">, Common> = {
  scope: "public",
  minVersion: 70001,
  services: "9",
  serviceLabels: ["1", "5", "9", "d", "49", "400", "404", "408", "40c", "448", "809", "849", "c08", "c48"],
  maxHeightLag: 36,
  fixedSeeds: [],
  foreignPorts: [],
  sources: {
    wire: `magic: ${CHAINPARAMS}; version: src/node/protocol_version.h; addrv2: BIP155 from Core 0.21 on`,
    port: CHAINPARAMS,
    minVersion: "sipa/bitcoin-seeder db.h IsGood at ff482e46; Core itself accepts 31800",
    services: "NODE_NETWORK and NODE_WITNESS: the seeds' bits of bitcoin/bitcoin src/protocol.h (SeedsServiceFlags)",
    serviceLabels: "sipa/bitcoin-seeder main.cpp at ff482e46",
    minHeight: "achow101/dnsseedrs: its least height of a good node",
    maxHeightLag: "our choice: six hours of blocks at ten minutes",
    dnsSeeds: CHAINPARAMS,
    fixedSeeds: "none: the DNS seeds suffice",
    foreignPorts: "none: no other network in use shares the magic",
  },
};

export const BITCOIN: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "bitcoin",
  title: "Bitcoin",
  wire: wire("f9beb4d9"),
  port: 8333,
  minHeight: 880_000,
  dnsSeeds: [
    "seed.bitcoin.sipa.be",
    "dnsseed.bluematt.me",
    "seed.bitcoin.jonasschnelli.ch",
    "seed.btc.petertodd.net",
    "seed.bitcoin.sprovoost.nl",
    "dnsseed.emzy.de",
    "seed.bitcoin.wiz.biz",
    "seed.mainnet.achownodes.xyz",
  ],
};

/** Testnet3 mines blocks in bursts, hence the larger lag. */
export const BITCOIN_TESTNET3: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "bitcoin-testnet3",
  title: "Bitcoin testnet3",
  wire: wire("0b110907"),
  port: 18333,
  minHeight: 3_600_000,
  maxHeightLag: 2_000,
  dnsSeeds: [
    "testnet-seed.bitcoin.jonasschnelli.ch",
    "seed.testnet.bitcoin.sprovoost.nl",
    "testnet-seed.bluematt.me",
    "seed.testnet.achownodes.xyz",
  ],
  sources: { ...COMMON.sources, maxHeightLag: "our choice: the difficulty rule lets one miner add a thousand blocks in an hour" },
};

export const BITCOIN_TESTNET4: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "bitcoin-testnet4",
  title: "Bitcoin testnet4",
  wire: wire("1c163f28"),
  port: 48333,
  minHeight: 65_000,
  maxHeightLag: 144,
  dnsSeeds: ["seed.testnet4.bitcoin.sprovoost.nl", "seed.testnet4.wiz.biz"],
  sources: { ...COMMON.sources, maxHeightLag: "our choice: a day of blocks; they come in bursts here too" },
};

export const BITCOIN_SIGNET: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "bitcoin-signet",
  title: "Bitcoin signet",
  wire: wire("0a03cf40"),
  port: 38333,
  minHeight: 230_000,
  dnsSeeds: ["seed.signet.bitcoin.sprovoost.nl", "seed.signet.achownodes.xyz"],
};

/** Shares its magic with Litecoin's regtest: both took it from Core. Public addresses, for nodes in a network namespace. */
export const BITCOIN_REGTEST: NetworkOf<"bitcoin"> = {
  ...COMMON,
  name: "bitcoin-regtest",
  title: "Bitcoin regtest",
  wire: wire("fabfb5da"),
  port: 18444,
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
