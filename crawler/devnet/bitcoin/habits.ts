/** Nodes that do their duty, each in a way that a crawler must bear with. */
import { converse } from "./honest.ts";
import { unixSeconds } from "../visit.ts";
import type { BitcoinVisit } from "./visit.ts";

/** Thinks about every message for a while. */
export const slow = (visit: BitcoinVisit): void => converse(visit, { delayMs: visit.world.config.slowMs });

/** Core before 22: the answer to getaddr waits for an exponential timer (PoissonNextSend in MaybeSendAddr). */
export function legacy(visit: BitcoinVisit): void {
  const { config, random } = visit.world;
  converse(visit, { answerMs: Math.min(MAX_TIMER_MS, -Math.log(1 - random()) * config.legacyMeanMs) });
}

/** The exponential has no end; a timer of Node does. */
const MAX_TIMER_MS = 3_600_000;

/** Old Core and bcoin: a lone entry, its own, right after the handshake; a crawler must not take it for the answer. */
export const announcer = (visit: BitcoinVisit): void => converse(visit, { announces: true, answerMs: visit.world.config.announceMs });

/** Half of what it tells does not exist. */
export function liar(visit: BitcoinVisit): void {
  const { node, world } = visit;
  converse(visit, { tell: () => world.gossip.lie(node, unixSeconds(world)) });
}

/** Answers with more entries than the protocol allows. */
export function flooder(visit: BitcoinVisit): void {
  const { node, world } = visit;
  converse(visit, { tell: () => world.gossip.flood(node, unixSeconds(world)) });
}
