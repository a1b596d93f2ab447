/** What a run found, as text for people and as JSON for programs. */
import type { Level } from "./rule.ts";
import type { Result } from "./run.ts";
import type { HttpVersion } from "./transport.ts";

export interface Report {
  /** What was checked. */
  readonly url: string;
  readonly zone: string;
  /** Empty for a name server. */
  readonly versions: readonly HttpVersion[];
  readonly results: readonly Result[];
}

const AREAS: Readonly<Record<string, string>> = {
  H: "HTTP",
  D: "Header and question",
  Z: "Zone",
  E: "EDNS",
};

const MARKS = { pass: "pass", fail: "FAIL", skipped: "skip" } as const;

/** Strangers' text made safe for a terminal: no control characters, no bidirectional overrides. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, "\uFFFD");

/** Longest text of a server that is repeated, characters. */
export const MAX_SEEN_CHARACTERS = 300;

const short = (text: string): string => {
  const safe = plain(text);
  return safe.length <= MAX_SEEN_CHARACTERS ? safe : `${safe.slice(0, MAX_SEEN_CHARACTERS)}…`;
};

export interface Counts {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: Readonly<Record<Level, number>>;
}

export function countsOf(results: readonly Result[]): Counts {
  const count = (wanted: (result: Result) => boolean): number => results.filter(wanted).length;
  const failed = (level: Level): number => count(({ rule, verdict }) => verdict.state === "fail" && rule.level === level);
  return {
    passed: count(({ verdict }) => verdict.state === "pass"),
    skipped: count(({ verdict }) => verdict.state === "skipped"),
    failed: { MUST: failed("MUST"), SHOULD: failed("SHOULD"), MAY: failed("MAY") },
  };
}

/** Lines for people: every rule by area, then what to mend, then a summary. */
export function textReport(report: Report): string[] {
  const { url, zone, versions, results } = report;
  const over = versions.length === 0 ? "" : ` over ${versions.map((version) => `HTTP/${version}`).join(" and ")}`;
  const lines = [plain(`${url}${over}, zone ${zone}`), ""];
  for (const [letter, title] of Object.entries(AREAS)) {
    const group = results.filter(({ rule }) => rule.id.startsWith(letter));
    if (group.length > 0) lines.push(title, ...groupLines(group), "");
  }
  const failures = results.filter(({ verdict }) => verdict.state === "fail");
  if (failures.length > 0) lines.push("To mend", ...failures.flatMap(failureLines));
  lines.push(...summary(countsOf(results)));
  return lines;
}

/** A line for each rule; a single one where all are skipped for the same reason, as those about HTTP are at a name server. */
function groupLines(group: readonly Result[]): string[] {
  const reasons = new Set(group.map(({ verdict }) => (verdict.state === "skipped" ? verdict.reason : undefined)));
  const [reason] = reasons;
  return group.length > 1 && reasons.size === 1 && reason !== undefined
    ? [`  ${MARKS.skipped}  all ${group.length} rules  (${short(reason)})`]
    : group.map(ruleLine);
}

function ruleLine({ rule, verdict }: Result): string {
  const reason = verdict.state === "skipped" ? `  (${short(verdict.reason)})` : "";
  return `  ${MARKS[verdict.state]}  ${rule.id.padEnd(4)}  ${rule.level.padEnd(6)}  ${rule.title}${reason}`;
}

function failureLines({ rule, verdict }: Result): string[] {
  if (verdict.state !== "fail") return [];
  return [
    `  ${rule.id}  ${rule.level}: ${rule.title}`,
    `      expected  ${short(verdict.expected)}`,
    `      seen      ${short(verdict.seen)}`,
    `      read      ${rule.source}`,
    "",
  ];
}

function summary({ passed, skipped, failed }: Counts): string[] {
  const total = passed + skipped + failed.MUST + failed.SHOULD + failed.MAY;
  const broken = failed.MUST + failed.SHOULD + failed.MAY;
  const levels = broken === 0 ? "" : ` (${failed.MUST} MUST, ${failed.SHOULD} SHOULD, ${failed.MAY} MAY)`;
  const verdict = failed.MUST > 0 ? "Does not conform: a MUST is broken." : "Conforms: no MUST is broken.";
  return [`${total} rules: ${passed} passed, ${broken} failed${levels}, ${skipped} skipped. ${verdict}`];
}

/** Whether neither GET nor POST was answered with a DNS message: then it most likely is no DoH resource that was asked. */
export const saysNoDns = ({ results }: Report): boolean =>
  ["H1a", "H1b"].every((id) => results.some(({ rule, verdict }) => rule.id === id && verdict.state === "fail"));

/** One object for programs. */
export function jsonReport({ url, zone, versions, results }: Report): object {
  const rules = results.map(({ rule: { id, title, level, source }, verdict }) => ({ id, title, level, source, ...verdict }));
  const counts = countsOf(results);
  return { url, zone, http: versions, conforms: counts.failed.MUST === 0, counts, rules };
}
