/** From a node's personality to what it does on a connection. */
import type { Personality } from "../personalities.ts";
import { dead, garbage, silent } from "../faults.ts";
import { dripper, wrongMagic } from "./faults.ts";
import { announcer, flooder, legacy, liar, slow } from "./habits.ts";
import { converse } from "./honest.ts";
import type { BitcoinVisit } from "./visit.ts";

/** Nodes whose only fault is what they say of themselves, or when they are there, converse as faithful ones do. */
const BEHAVIOURS: Readonly<Record<Personality, (visit: BitcoinVisit) => void>> = {
  faithful: converse,
  slow,
  legacy,
  announcer,
  liar,
  flooder,
  churner: converse,
  dead,
  absent: dead, // where a node must have a listener all the same
  silent,
  "wrong-magic": wrongMagic,
  "old-version": converse,
  "missing-services": converse,
  stuck: converse,
  dripper,
  garbage,
};

/** Lets the called node act. Returns at once; the conversation goes on with the connection's events. */
export function behave(visit: BitcoinVisit): void {
  BEHAVIOURS[visit.node.personality](visit);
}
