/** From a node's personality to what it does on a connection. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { encodeFrame } from "../../protocols/envelope/frame.ts";
import { encodeVersion } from "../../protocols/envelope/version.ts";
import { dead, drip, garbage, silent } from "../faults.ts";
import type { Personality } from "../personalities.ts";
import { unixSeconds, type Visit } from "../visit.ts";
import { converse, statedVersion, type Kin, type Manner } from "./side.ts";

type Behaviour = (visit: Visit, kin: Kin) => void;

/** A node that does its duty, in a manner that a crawler must bear with. */
const honest =
  (manner: (visit: Visit, kin: Kin) => Manner = () => ({})): Behaviour =>
  (visit, kin) =>
    converse(visit, kin, manner(visit, kin));

/** A node of another network that speaks first, as zebra does, and hangs up on the caller's magic. */
const wrongMagic: Behaviour = (visit, { magic, checksum }) => {
  const foreign = Array.from(hexToBytes(magic), (octet) => (octet ^ 0xff).toString(16).padStart(2, "0")).join("");
  visit.line.send(encodeFrame(foreign, "version", encodeVersion(statedVersion(visit)), checksum));
  visit.line.onData(() => visit.line.hangUp());
};

/** Answers properly, one octet at a time. */
const dripper: Behaviour = (visit, { magic, checksum }) => {
  let started = false;
  visit.line.onData(() => {
    if (started) return;
    started = true;
    drip(visit, encodeFrame(magic, "version", encodeVersion(statedVersion(visit)), checksum));
  });
};

/** Nodes whose only fault is what they say of themselves, or when they are there, converse as faithful ones do. */
const BEHAVIOURS: Readonly<Record<Personality, Behaviour>> = {
  faithful: honest(),
  slow: honest(({ world }) => ({ delayMs: world.config.slowMs })),
  legacy: honest((visit, kin) => kin.legacy(visit)),
  // A lone entry, its own, right after the handshake; a crawler must not take it for the answer.
  announcer: honest(({ world }) => ({ announces: true, answerMs: world.config.announceMs })),
  liar: honest(() => ({ tell: ({ node, world }) => world.gossip.lie(node, unixSeconds(world)) })),
  flooder: honest(() => ({ tell: ({ node, world }) => world.gossip.flood(node, unixSeconds(world)) })),
  churner: honest(),
  dead,
  absent: dead, // where a node must have a listener all the same
  silent,
  "wrong-magic": wrongMagic,
  "old-version": honest(),
  "missing-services": honest(),
  stuck: honest(),
  dripper,
  garbage,
};

/** Lets the called node act. Returns at once; the conversation goes on with the connection's events. */
export function behave(visit: Visit, kin: Kin): void {
  BEHAVIOURS[visit.node.personality](visit, kin);
}
