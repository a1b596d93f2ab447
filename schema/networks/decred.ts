/** Decred and its test networks. Seeders answer by HTTPS; dcrd no longer asks the DNS seeds that its chain parameters still list. */
import type { NetworkOf } from "../network.ts";

const WIRE = "decred/dcrd wire/protocol.go at 036b7090";
const CHAINPARAMS = "decred/dcrd chaincfg at 036b7090";
const CHECKPOINTS = "decred/dcrd chaincfg at 00aedd5f";
const CHOSEN_FOR_TESTS = "our choice: a simnet is whatever its operator makes of it";

/** 11 is what the latest release (2.1.6) states; 12 would hide from us the nodes' plain `addr`, and no release speaks it. */
const wire = (magic: string): NetworkOf<"decred">["wire"] => ({ family: "decred", magic, protocolVersion: 11 });

type Common = "scope" | "minVersion" | "services" | "serviceLabels" | "dnsSeeds" | "fixedSeeds" | "foreignPorts" | "sources";

const COMMON: Pick<NetworkOf<"decred">, Common> = {
  scope: "public",
  minVersion: 9,
  services: "1",
  serviceLabels: ["1", "5"],
  dnsSeeds: [],
  fixedSeeds: [],
  foreignPorts: [],
  sources: {
    wire: `magic: ${WIRE}; protocolVersion: that of dcrd 2.1.6, the latest release`,
    port: CHAINPARAMS,
    minVersion: "RemoveRejectVersion in wire/protocol.go: dcrd hangs up on less, and decred/dcrseeder at dc536bd1 calls nothing else good",
    services: "SFNodeNetwork: what dcrd asks of the peers that seeders give it (services=1)",
    serviceLabels: "SFNodeNetwork, alone and with SFNodeCF, the committed filters that light wallets need: wire/protocol.go",
    minHeight: `the last checkpoint in ${CHECKPOINTS}`,
    maxHeightLag: "our choice: six hours of blocks at five minutes",
    dnsSeeds: "none: since dcrd has HTTPS seeders, those in its chain parameters are left over",
    httpsSeeds: `the seeders in ${CHAINPARAMS}`,
    fixedSeeds: "none: the HTTPS seeders suffice",
    foreignPorts: "none: no other network shares the magic",
  },
};

export const DECRED: NetworkOf<"decred"> = {
  ...COMMON,
  name: "decred",
  title: "Decred",
  wire: wire("f900b4d9"),
  port: 9108,
  minHeight: 295_940,
  maxHeightLag: 72,
  httpsSeeds: ["mainnet-seed-1.decred.org", "mainnet-seed-2.decred.org"],
};

export const DECRED_TESTNET: NetworkOf<"decred"> = {
  ...COMMON,
  name: "decred-testnet",
  title: "Decred testnet3",
  wire: wire("75aa94b1"),
  port: 19108,
  minHeight: 83_520,
  maxHeightLag: 720,
  httpsSeeds: ["testnet-seed-1.decred.org", "testnet-seed-2.decred.org"],
  sources: { ...COMMON.sources, maxHeightLag: "our choice: a day of blocks at two minutes; they come in bursts on a test network" },
};

const { httpsSeeds: _, ...SIMNET_SOURCES } = COMMON.sources;

/** Nodes of a simnet never answer getaddr, so a crawl knows only the peers that it is given. Public addresses, for nodes in a network namespace. */
export const DECRED_SIMNET: NetworkOf<"decred"> = {
  ...COMMON,
  name: "decred-simnet",
  title: "Decred simnet",
  wire: wire("161c1412"),
  port: 18555,
  minHeight: 0,
  maxHeightLag: 1_000,
  sources: {
    ...SIMNET_SOURCES,
    minHeight: CHOSEN_FOR_TESTS,
    maxHeightLag: CHOSEN_FOR_TESTS,
    dnsSeeds: "none: a simnet has no seeds",
    fixedSeeds: "none: a simnet has no seeds",
  },
};
