/**
 * A node that is asked once for the addresses it knows: an introducer, or whatever node a DNS seed's name leads to where a proxy resolves it (as Bitcoin
 * Core fetches addresses behind -proxy). It is never verified itself: what it is worth is what it tells.
 */
import { randomBytes } from "node:crypto";
import { ipAddress, type PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import type { AddressScope } from "../../schema/routable.ts";
import type { Carrier } from "../net/channel.ts";
import type { Dialer, DialOptions } from "../net/dial.ts";
import { probe, type ProbeResult } from "../net/probe.ts";
import { createIntroducerSession } from "../protocols/chia/session.ts";
import { createSession } from "../protocols/families.ts";
import type { Session, SessionContext } from "../protocols/session.ts";
import { dialWithin } from "./dial-within.ts";
import type { AskedInput, InputAnswer, InputName } from "./input.ts";

/** The most addresses taken from one node at a time: what the crawl takes from one source in a day. A full `getaddr` answer has 1000. */
export const MAX_NODE_ADDRESSES = 2_500;

/** A named host has no address that we know; what is told to it as its own says so. */
const NOWHERE = new Uint8Array(4);

export interface NodeOptions {
  readonly dialer: Dialer;
  /** Where the node can be. */
  readonly scope: AddressScope;
  readonly carrier: Carrier;
  readonly connectTimeoutMs: number;
  readonly userAgent: string;
  /** Unix seconds. */
  readonly clock: () => number;
  /** The conversation: with addresses asked for. */
  readonly session: (context: SessionContext) => Session;
}

export interface NodePlace {
  /** A name, or a literal address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port` with IPv6 in brackets, or undefined where it is none. */
export function parsePlace(text: string): NodePlace | undefined {
  const { host, port } = /^(?:\[(?<host>[0-9a-f:.]+)\]|(?<host>[^\s:[\]/]+)):(?<port>\d{1,5})$/i.exec(text)?.groups ?? {};
  const number = Number(port);
  return host === undefined || !(number >= 1 && number <= 65_535) ? undefined : { host, port: number };
}

/** How a node of this kind is asked: a Chia introducer speaks words of its own, every other is a node like the rest. */
export function sessionOf(network: Network, kind: InputName["kind"]): NodeOptions["session"] {
  const { wire } = network;
  if (kind === "introducer" && wire.family === "chia") return (context) => createIntroducerSession({ ...network, wire }, context);
  return (context) => createSession(network, context);
}

/** An input that calls `place`, which the dialer's proxy resolves where it has one, and the system otherwise. */
export function nodeInput(input: InputName, place: NodePlace | undefined, options: NodeOptions): AskedInput {
  const ask = async (signal: AbortSignal): Promise<InputAnswer> => {
    if (place === undefined) return { addresses: [], problem: "expected host:port" };
    return visit(place, options, signal);
  };
  return { ...input, how: "asked", ask };
}

async function visit({ host, port }: NodePlace, options: NodeOptions, signal: AbortSignal): Promise<InputAnswer> {
  const { dialer, scope, carrier, connectTimeoutMs, userAgent, clock } = options;
  const dialName = dialWithin(scope, dialer.dialName);
  const target = ipAddress(NOWHERE, port);
  const enough = new AbortController();
  const addresses: PeerAddress[] = [];
  const result = await probe({
    address: target,
    dialer: { ...dialer, dial: (_, how: DialOptions) => dialName(host, port, how) },
    carrier,
    connectTimeoutMs,
    signal: AbortSignal.any([signal, enough.signal]),
    now: () => performance.now(),
    session: () => options.session({ target, harvest: true, unixTime: clock(), random: (length) => randomBytes(length), userAgent }),
    onVerified: () => {},
    onLearned: () => {},
    onHearsay: (entries) => {
      for (const { address } of entries) {
        if (address.host !== target.host && addresses.length < MAX_NODE_ADDRESSES) addresses.push(address);
      }
      if (addresses.length === MAX_NODE_ADDRESSES) enough.abort();
    },
  });
  const problem = addresses.length > 0 ? undefined : problemOf(result);
  return problem === undefined ? { addresses } : { addresses, problem };
}

function problemOf(result: ProbeResult): string {
  if (result.type === "verified") return "told no addresses";
  if (result.type === "aborted") return "broken off";
  return result.type === "failed" ? `${result.failure}: ${result.detail}` : result.detail;
}
