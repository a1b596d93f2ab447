/** The conformance runner: any DoH resource or name server, checked rule by rule against the RFCs. */
import { randomBytes } from "node:crypto";
import { openNameServer } from "./name-server.ts";
import { openTransports, type HttpChoice } from "./offers.ts";
import type { Report } from "./report.ts";
import type { Rule } from "./rule.ts";
import { runRules, versionsOf } from "./run.ts";
import { RULES } from "./rules/rules.ts";
import { Subject } from "./subject.ts";

export interface ConformanceOptions {
  /** `https://…`, `http://…` or `dns://host:port`. */
  readonly url: URL;
  /** The apex, with the final dot. */
  readonly zone: string;
  readonly http: HttpChoice;
  /** PEM of authorities to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
  /** Ids as `rulesFor` takes them; all rules where absent. */
  readonly only?: readonly string[] | undefined;
  /** For each exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called before each rule with its place among so many. */
  readonly onRule?: (rule: Rule, index: number, count: number) => void;
}

/** The rules that an id means: itself, all its parts (H2 for H2a to H2e), or its whole area (H). */
export const rulesFor = (id: string): readonly Rule[] =>
  RULES.filter((rule) =>
    [rule.id, rule.id.replace(/[a-z]$/, ""), rule.id.charAt(0)].some((name) => name.toLowerCase() === id.toLowerCase()),
  );

/** Checks a server. Rejects with `TransportError` where it cannot be reached at all, and with the signal's reason where that is aborted. */
export async function checkConformance(options: ConformanceOptions): Promise<Report> {
  const { url, zone, only, signal, onRule } = options;
  const rules = only === undefined ? RULES : RULES.filter((rule) => only.some((id) => rulesFor(id).includes(rule)));
  const { subjects, close } = await open(options);
  try {
    const results = await runRules({ rules, subjects, signal, onRule: (rule, index) => onRule?.(rule, index, rules.length) });
    return { url: url.href, zone, versions: versionsOf(subjects), results };
  } finally {
    close();
  }
}

const LABEL_OCTETS = 8;
const randomLabel = (): string => `none-${randomBytes(LABEL_OCTETS).toString("hex")}`;

async function open(
  options: ConformanceOptions,
): Promise<{ readonly subjects: readonly [Subject, ...Subject[]]; readonly close: () => void }> {
  const { url, zone, http, signal } = options;
  if (url.protocol === "dns:") {
    const subject = new Subject({ channel: { kind: "dns", exchange: openNameServer(options) }, zone, randomLabel });
    await subject.ask(); // whether anybody is there
    return { subjects: [subject], close: () => {} };
  }
  const {
    transports: [first, ...rest],
    mute,
  } = await openTransports(options, http);
  signal.throwIfAborted();
  const offers = [first, ...rest].map(({ version }) => version);
  const subjectOf = (transport: typeof first): Subject =>
    new Subject({ channel: { kind: "http", url, offers, mute, transport }, zone, randomLabel });
  const close = (): void => [first, ...rest].forEach((transport) => transport.close());
  return { subjects: [subjectOf(first), ...rest.map(subjectOf)], close };
}
