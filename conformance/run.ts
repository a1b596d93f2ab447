/** Runs rules against a server and collects what comes of them. */
import { NameError } from "./name.ts";
import { isHttpRule, type Rule } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { TransportError, type HttpVersion } from "./transport.ts";
import { NoAnswer, skipped, Unaskable, type Verdict } from "./verdict.ts";

/** After so many rules in a row without any answer in time the rest is not asked: nobody is there any more, or we are not welcome. */
export const MAX_SILENCES = 5;

export interface Result {
  readonly rule: Rule;
  readonly verdict: Verdict;
}

export interface RunOptions {
  readonly rules: readonly Rule[];
  /** The server by each way it is spoken to. Rules about HTTP are checked over all of them, the others over the first. */
  readonly subjects: readonly [Subject, ...Subject[]];
  readonly signal: AbortSignal;
  /** Called before each rule with its place among them, from 0. */
  readonly onRule?: (rule: Rule, index: number) => void;
}

/** Checks one rule after the other. Rejects with the signal's reason where it is aborted. */
export async function runRules({ rules, subjects, signal, onRule }: RunOptions): Promise<readonly Result[]> {
  const results: Result[] = [];
  let silences = 0;
  for (const [index, rule] of rules.entries()) {
    onRule?.(rule, index);
    if (silences >= MAX_SILENCES) {
      results.push({ rule, verdict: skipped("the server has stopped answering") });
      continue;
    }
    const outcomes: Outcome[] = [];
    for (const subject of isHttpRule(rule) ? subjects : subjects.slice(0, 1)) outcomes.push({ ...(await check(rule, subject)), subject });
    signal.throwIfAborted();
    silences = outcomes.some(({ silent }) => silent) ? silences + 1 : 0;
    results.push({ rule, verdict: merge(outcomes) });
  }
  return results;
}

interface Checked {
  readonly verdict: Verdict;
  /** Whether no answer came in time. */
  readonly silent: boolean;
}

interface Outcome extends Checked {
  readonly subject: Subject;
}

async function check(rule: Rule, subject: Subject): Promise<Checked> {
  try {
    return { verdict: await rule.check(subject), silent: false };
  } catch (error) {
    if (error instanceof Unaskable) return { verdict: skipped(error.message), silent: false };
    if (error instanceof NameError)
      return { verdict: skipped(`the zone's name leaves no room for the question: ${error.message}`), silent: false };
    if (error instanceof NoAnswer) return { verdict: { state: "fail", seen: error.message, expected: "a DNS answer" }, silent: false };
    if (!(error instanceof TransportError)) throw error;
    return {
      verdict: { state: "fail", seen: error.message, expected: "an answer" },
      silent: error.failure === "timeout" || error.failure === "refused",
    };
  }
}

/** One verdict of several: a fault by any way is a fault, and says by which. */
function merge(outcomes: readonly Outcome[]): Verdict {
  const failed = outcomes.find(({ verdict }) => verdict.state === "fail");
  const chosen = failed ?? outcomes.find(({ verdict }) => verdict.state === "pass") ?? outcomes[0];
  if (chosen === undefined) return skipped("nobody was asked");
  const { verdict, subject } = chosen;
  const all = outcomes.every((outcome) => outcome.verdict.state === "fail");
  return verdict.state !== "fail" || all
    ? verdict
    : { ...verdict, seen: `${verdict.seen} (over HTTP/${subject.doh.transport.version} alone)` };
}

/** Whether a MUST is broken. */
export const violates = (results: readonly Result[]): boolean =>
  results.some(({ rule, verdict }) => rule.level === "MUST" && verdict.state === "fail");

/** The versions of HTTP that subjects speak, in their order; empty for a name server. */
export const versionsOf = (subjects: readonly Subject[]): HttpVersion[] =>
  subjects.filter(({ isDoh }) => isDoh).map(({ doh }) => doh.transport.version);
