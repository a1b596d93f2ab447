/** Brings a registry in step with a vantage, one request at a time. Holds no timer: the pusher says when. */
import * as v from "valibot";
import { PUSH_LIMITS, type Position, type PushReply } from "../../schema/api.ts";
import { ReportSchema, type Report } from "../../schema/report.ts";
import { diffReports, draftDelta, draftFullPage, FULL_PAGE_LIMITS, limitReports, type Draft, type PageLimits } from "./delta.ts";
import type { Outcome, RegistryClient } from "./registry-client.ts";
import type { ReportedStore } from "./reported-store.ts";

/** Where a step left things. */
export type Step =
  /** The registry knows all there is to tell. */
  | { readonly type: "in-step" }
  /** One request on; there is more to do at once. */
  | { readonly type: "onward" }
  | Stuck;

/** Nothing more can be done now. `wait` in milliseconds where the registry named it. */
export interface Stuck {
  readonly type: "stuck";
  readonly cause: "failed" | "slow-down" | "forbidden" | "rejected" | "conflict";
  readonly detail: string;
  readonly wait?: number | undefined;
}

export interface SynchroniserOptions {
  readonly client: RegistryClient;
  readonly store: ReportedStore;
  /** Random id of this process. */
  readonly run: string;
  /** What the vantage says now. */
  readonly reports: () => Iterable<Report>;
  /** After this many milliseconds without a push, one without changes says "still so". */
  readonly heartbeat: number;
  /** For how many milliseconds a set read back from the registry stands in for what the crawler has not looked at yet. */
  readonly grace: number;
  readonly now: () => number;
  /** The set read back from the registry: what the crawler should look at first. */
  readonly onWarm?: ((reports: readonly Report[]) => void) | undefined;
}

/** How often in a row the registry may disagree before we wait: a bug, or another crawler with the same key. */
export const MAX_CONFLICTS = 3;

/** The most pages read back: a registry that never ends is none. */
export const MAX_WARM_PAGES = 1_000;

export class Synchroniser {
  readonly #options: SynchroniserOptions;
  readonly #refused = new Set<string>();
  #limits: PageLimits = FULL_PAGE_LIMITS;
  #conflicts = 0;
  #invalid = 0;
  #acceptedAt = -Infinity;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
  }

  /** Addresses that the registry will not take; not sent again by this process. */
  get refused(): number {
    return this.#refused.size;
  }

  /** Reports left out because they break the contract: a bug of ours. */
  get invalid(): number {
    return this.#invalid;
  }

  /** When the registry last accepted a push, Unix milliseconds; -Infinity for never. */
  get acceptedAt(): number {
    return this.#acceptedAt;
  }

  /** Sends the next request, if there is anything to say, and takes in what the registry made of it. */
  async step(): Promise<Step> {
    const { client, store, run } = this.#options;
    if (store.position === undefined) return this.#warm();
    if (store.pending === undefined) {
      const draft = this.#draft();
      if (draft === undefined) {
        this.#limits = FULL_PAGE_LIMITS; // what was too large once need not be for ever
        return { type: "in-step" };
      }
      store.propose(draft);
    }
    const draft = store.pending!;
    const outcome = await client.push({ run, ...draft });
    switch (outcome.type) {
      case "accepted":
        return this.#accept(draft, outcome.value);
      case "conflict":
        return this.#reconcile(draft, outcome.position);
      case "too-large":
        return this.#shrink(draft, outcome.detail);
      default:
        return this.#giveUp(outcome);
    }
  }

  /** The next push, or undefined where there is nothing to say yet. */
  #draft(): Draft | undefined {
    const { store, now, heartbeat } = this.#options;
    const position = store.position!;
    const wanted = this.#wanted();
    if (position.resync !== undefined) return draftFullPage(position, position.resync, wanted, store.reported, this.#limits);
    const changes = diffReports(wanted, store.reported);
    if (changes.length === 0 && within(heartbeat, this.#acceptedAt, now())) return undefined;
    return draftDelta(position, changes, store.reported, this.#limits);
  }

  /** What the registry should hold: what the crawler says, and what was read back and not looked at since; refused addresses are left as they are. */
  #wanted(): Map<string, Report> {
    const { store, now, grace, reports } = this.#options;
    const valid: Report[] = [];
    let invalid = 0;
    for (const report of reports()) {
      if (v.is(ReportSchema, report)) valid.push(report);
      else invalid++;
    }
    this.#invalid = invalid;
    const wanted = limitReports(valid, PUSH_LIMITS.reportedPeers);
    store.settle(wanted.keys());
    const standIns = within(grace, store.warmed, now()) ? [...store.carried] : [];
    for (const address of this.#refused) {
      wanted.delete(address);
      standIns.push(address);
    }
    for (const address of standIns) {
      const report = store.reported.get(address);
      if (report !== undefined) wanted.set(address, report);
    }
    return wanted;
  }

  #accept(draft: Draft, reply: PushReply): Step {
    const { store, now } = this.#options;
    const sent = new Set(draft.changes.map(({ address }) => address));
    const refused = new Set(reply.refused.map(({ address }) => address).filter((address) => sent.has(address)));
    for (const address of refused) this.#refused.add(address);
    const last = draft.full === undefined || draft.full.upto === null;
    store.acknowledge(reply.seq, last ? reply.digest : undefined, refused);
    this.#acceptedAt = now();
    if (!last) return { type: "onward" };
    if (store.position!.resync !== undefined) return this.#conflict();
    this.#conflicts = 0;
    return { type: "onward" };
  }

  /** Out of step: finds out whether the pending push had been applied after all; where that is not certain, starts to re-send everything. */
  #reconcile(draft: Draft, there: Position): Step {
    const { store } = this.#options;
    const here = store.position!;
    if (draft.full !== undefined && draft.full.upto !== null) {
      // Whether a page between was applied shows at the last one, whose digest counts.
      if (there.seq === draft.seq) store.acknowledge(there.seq, undefined, new Set());
      else store.withdraw({ ...here, seq: there.seq, resync: null });
    } else if (there.digest === draft.digest) {
      store.acknowledge(there.seq, there.digest, new Set());
    } else if (there.digest === here.digest && here.resync === undefined) {
      store.withdraw({ ...here, seq: there.seq });
    } else {
      store.withdraw({ ...here, seq: there.seq, resync: null });
    }
    return this.#conflict();
  }

  #conflict(): Step {
    this.#conflicts++;
    if (this.#conflicts <= MAX_CONFLICTS) return { type: "onward" };
    this.#conflicts = 0;
    return { type: "stuck", cause: "conflict", detail: "the registry keeps disagreeing; does another crawler use the same key?" };
  }

  #shrink(draft: Draft, detail: string): Step {
    const { store } = this.#options;
    store.withdraw(store.position!);
    if (draft.changes.length <= 1) {
      this.#limits = FULL_PAGE_LIMITS;
      return { type: "stuck", cause: "rejected", detail };
    }
    this.#limits = { ...this.#limits, changes: Math.floor(draft.changes.length / 2) };
    return { type: "onward" };
  }

  #giveUp(outcome: Exclude<Outcome<unknown>, { type: "accepted" | "conflict" | "too-large" }>): Stuck {
    const { store } = this.#options;
    if (outcome.type === "rejected" && store.pending !== undefined) store.withdraw(store.position!); // never to be accepted: draft anew
    if (outcome.type === "slow-down") return { type: "stuck", cause: "slow-down", detail: "too many pushes", wait: outcome.wait };
    const wait = outcome.type === "failed" ? outcome.wait : undefined;
    return { type: "stuck", cause: outcome.type, detail: outcome.detail, wait };
  }

  /** First contact, or an ephemeral disk: reads back what the registry holds of us. */
  async #warm(): Promise<Step> {
    const { client, store, now, onWarm } = this.#options;
    const reports: Report[] = [];
    let after: string | null = null;
    let position: Position | undefined;
    for (let pages = 0; pages < MAX_WARM_PAGES; pages++) {
      const outcome: Outcome<{ seq: number; digest: string; reports: Report[]; next: string | null }> = await client.page(after);
      if (outcome.type === "conflict" || outcome.type === "too-large")
        return { type: "stuck", cause: "failed", detail: "the registry's answer makes no sense" };
      if (outcome.type !== "accepted") return this.#giveUp(outcome);
      const { seq, digest, next } = outcome.value;
      // It moved between two pages: a late push of a process that is gone. Start over.
      if (position !== undefined && position.seq !== seq) return this.#conflict();
      position = { seq, digest };
      reports.push(...outcome.value.reports);
      if (next === null) {
        store.adopt(position, reports, now());
        onWarm?.([...store.reported.values()]);
        return { type: "onward" };
      }
      after = next;
    }
    return { type: "stuck", cause: "failed", detail: "the registry's pages do not end" };
  }
}

/** Whether less than so many milliseconds have passed. A time in the future (the clock was set back) is long past: saying too much is safer. */
const within = (ms: number, since: number, now: number): boolean => since <= now && now - since < ms;
