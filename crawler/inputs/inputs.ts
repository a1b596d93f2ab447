/** All inputs of a crawl: what the network's parameters name, and what the operator adds. */
import { parseAddress, type PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import type { Carrier } from "../net/channel.ts";
import type { Dialer } from "../net/dial.ts";
import { dnsInput, type SeedResolver } from "./dns.ts";
import type { InputHistory } from "./history.ts";
import { httpsInput } from "./https.ts";
import { given, GIVEN_PEERS, type AskedInput, type GivenInput, type Input, type InputName } from "./input.ts";
import { nodeInput, parsePlace, sessionOf } from "./node.ts";
import { snapshotInput, type Federation } from "./snapshot.ts";

/** What the operator adds to the network's own. */
export interface NamedInputs {
  /** Addresses to start from. */
  readonly peers?: readonly PeerAddress[];
  /** `host:port` of nodes to be asked for addresses by name; where a proxy resolves names nobody else may. */
  readonly peerNames?: readonly string[];
  /** Lists read beforehand. */
  readonly files?: readonly GivenInput[];
  /** Edges to learn from. */
  readonly federation?: readonly Federation[];
}

export interface InputOptions {
  readonly network: Network;
  readonly dialer: Dialer;
  readonly carrier: Carrier;
  /** In the place of the system's; only where there is no proxy. */
  readonly resolver: SeedResolver | undefined;
  readonly connectTimeoutMs: number;
  readonly userAgent: string;
  readonly history: InputHistory;
  /** Unix seconds. */
  readonly clock: () => number;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
}

/** In the order to show them. Each is there once, however often it is named. */
export function inputsOf(named: NamedInputs, options: InputOptions): Input[] {
  const { network } = options;
  const { peers = [], peerNames = [], files = [], federation = [] } = named;
  const { fixedSeeds, httpsSeeds = [], introducers = [] } = network;
  return [
    ...(fixedSeeds.length === 0 ? [] : [given("fixed", network.name, { addresses: fixedSeeds.map(parseAddress) })]),
    ...(peers.length === 0 ? [] : [given("peer", GIVEN_PEERS, { addresses: peers })]),
    ...files,
    ...unique(peerNames).map((place) => node({ kind: "peer", name: place }, place, options)),
    ...federation.map((each) => snapshotInput({ ...options, federation: each, dialName: options.dialer.dialName })),
    ...unique(network.dnsSeeds).map((seed) => dnsSeed(seed, options)),
    ...unique(httpsSeeds).map((host) => httpsInput(host, network, options.dialer.dialName)),
    ...unique(introducers).map((place) => node({ kind: "introducer", name: place }, place, options)),
  ];
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Behind a proxy no name is resolved here: the seed's name then leads to one of the nodes behind it, which is asked for addresses. */
function dnsSeed(seed: string, options: InputOptions): AskedInput {
  const { network, dialer, resolver } = options;
  if (dialer.dialName !== undefined) return node({ kind: "dns", name: seed }, `${seed}:${network.port}`, options);
  return dnsInput(seed, network.port, resolver === undefined ? undefined : () => resolver);
}

const node = (input: InputName, place: string, { network, ...options }: InputOptions): AskedInput =>
  nodeInput(input, parsePlace(place), { ...options, scope: network.scope, session: sessionOf(network, input.kind) });
