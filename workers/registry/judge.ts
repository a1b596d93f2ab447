/** Judging: from what the vantages say about a peer to one verdict. Pure; the order of the rules is `VERDICT_REASONS`. */
import type { PeerAddress } from "../../schema/address.ts";
import { hasServices, type Network } from "../../schema/network.ts";
import type { Report } from "../../schema/report.ts";
import { isRoutable } from "../../schema/routable.ts";
import type { Verdict, VerdictReason } from "../../schema/verdict.ts";
import type { Zone } from "../../schema/zone.ts";

/** What one vantage says about a peer, as far as judging asks. */
export type Testimony = Pick<Report, "state" | "services" | "version" | "agent" | "height" | "since" | "seen"> & {
  readonly vantage: string;
  /** Where the address is, by this vantage's tables; null where they do not tell. */
  readonly asn: number | null;
  readonly country: string | null;
};

/** The streams of a network's enabled vantages, by vantage; `pushed` is Unix seconds. */
export type Streams = ReadonlyMap<string, { readonly pushed: number }>;

export interface Case {
  readonly address: PeerAddress;
  /** What every vantage says about it, in any order; at most one a vantage. */
  readonly reports: readonly Testimony[];
  readonly network: Pick<Network, "scope" | "foreignPorts" | "minVersion" | "services" | "minHeight">;
  readonly zone: Pick<Zone, "silence" | "tenure" | "quorum">;
  /** Unix seconds. */
  readonly now: number;
  readonly streams: Streams;
}

type JudgingContext = Pick<Case, "streams" | "zone" | "now">;

/** True where a vantage's word counts at `now`: it is enabled and has not been silent for longer than the zone allows. */
export function counts(vantage: string, { streams, zone, now }: JudgingContext): boolean {
  const stream = streams.get(vantage);
  return stream !== undefined && now - stream.pushed <= zone.silence;
}

/** True where at least one vantage counts at `now`. */
export const anyCounts = (context: JudgingContext): boolean => [...context.streams.keys()].some((vantage) => counts(vantage, context));

/** The verdict on one peer. */
export const judge = (matter: Case): Verdict => decide(matter).verdict;

export interface Decision {
  readonly verdict: Verdict;
  /**
   * Of a servable peer: the latest good report that meets every demand. It is what is published. Where it does not say where the address is
   * (not every vantage has tables), the latest that does says it.
   */
  readonly evidence?: Testimony;
  /** Of a peer whose only fault is its age: when it will be old enough. */
  readonly matures?: number;
}

/** The verdict with what follows from it. */
export function decide(matter: Case): Decision {
  const { address, network, zone, now } = matter;
  if (!isRoutable(address, network.scope)) return refuse("not-routable");
  if (network.foreignPorts.includes(address.port)) return refuse("foreign-port");
  const counting = matter.reports.filter(({ vantage }) => counts(vantage, matter));
  if (counting.length === 0) return refuse("not-reported");
  const demands: readonly [VerdictReason, (report: Testimony) => boolean][] = [
    ["lapsed", ({ state }) => state === "good"],
    ["version-too-old", ({ version }) => version >= network.minVersion],
    ["services-missing", ({ services }) => hasServices(services, network.services)],
    ["height-stale", ({ height }) => height >= network.minHeight],
  ];
  let witnesses = counting;
  for (const [reason, meets] of demands) {
    witnesses = witnesses.filter(meets);
    if (witnesses.length === 0) return refuse(reason);
  }
  const tenured = witnesses.filter(({ since }) => now - since >= zone.tenure);
  if (tenured.length < zone.quorum && witnesses.length >= zone.quorum) {
    const nth = witnesses.map(({ since }) => since).sort((a, b) => a - b)[zone.quorum - 1]!;
    return { ...refuse(tenured.length === 0 ? "tenure-too-short" : "quorum-not-met"), matures: nth + zone.tenure };
  }
  if (tenured.length === 0) return refuse("tenure-too-short");
  if (tenured.length < zone.quorum) return refuse("quorum-not-met");
  return { verdict: { servable: true }, evidence: located(tenured.reduce(later), tenured) };
}

const refuse = (reason: VerdictReason): Decision => ({ verdict: { servable: false, reason } });

/** A report with what is missing of AS and country taken from other witnesses. */
function located(report: Testimony, witnesses: readonly Testimony[]): Testimony {
  if (report.asn !== null && report.country !== null) return report;
  const latestFirst = witnesses.toSorted((a, b) => (later(a, b) === a ? -1 : 1));
  const asn = latestFirst.find((each) => each.asn !== null)?.asn ?? null;
  const country = latestFirst.find((each) => each.country !== null)?.country ?? null;
  return { ...report, asn, country };
}

/** Of two reports the later one; of equally late ones always the same, whatever their order. */
const later = (a: Testimony, b: Testimony): Testimony => (b.seen > a.seen || (b.seen === a.seen && b.vantage > a.vantage) ? b : a);
