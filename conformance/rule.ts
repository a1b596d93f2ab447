/** A rule: one demand that an RFC makes, and how to see from outside whether a server meets it. */
import type { Subject } from "./subject.ts";
import type { Verdict } from "./verdict.ts";

export type Level = "MUST" | "SHOULD" | "MAY";

export interface Rule {
  /** H: HTTP, D: header and question, Z: zone, E: EDNS. A letter at the end parts independent demands of one rule. */
  readonly id: string;
  /** What a server that keeps it does. */
  readonly title: string;
  readonly level: Level;
  readonly source: string;
  /** May throw `Unaskable`, `NoAnswer` and `TransportError`. */
  readonly check: (subject: Subject) => Verdict | Promise<Verdict>;
}

/** Whether the rule is about HTTP, and so has to be kept by each version of it. */
export const isHttpRule = ({ id }: Pick<Rule, "id">): boolean => id.startsWith("H");
