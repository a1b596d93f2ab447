/**
 * When inputs are asked: at the first start, and again only while too few peers are good. Peers known from before are verified again first, as Nano's and
 * Chia's nodes do. A few inputs at a time, drawn by lot, as Bitcoin Core asks its DNS seeds (net.cpp, ThreadDNSAddressSeed): no seed sees every start.
 */
import { MAX_TIMER_MS } from "../clock.ts";
import type { CrawlPolicy } from "../engine/policy.ts";
import type { AskedInput, InputAnswer } from "./input.ts";

/** Inputs asked at a time (Core: DNSSEEDS_TO_QUERY_AT_ONCE). Those that the operator named are asked before the network's own, all at once. */
export const INPUTS_AT_ONCE = 3;

/** How often a pause looks whether it is of any use still. */
const LOOK_SECONDS = 1;

/** What the crawl has to go on with. */
export interface Supply {
  readonly good: number;
  /** Peers that were good in the last run and were not probed since: they may be among the good, but prove nothing yet. */
  readonly unconfirmed: number;
  /** Nothing is left to probe now: no more will come of the addresses known. */
  readonly idle: boolean;
}

export interface SeedingOptions {
  readonly inputs: readonly AskedInput[];
  readonly policy: Pick<CrawlPolicy, "enoughGood" | "seedSeconds" | "seedRetrySeconds" | "seedPauseSeconds" | "warmUpSeconds">;
  readonly supply: () => Supply;
  /** When the input last gave an address, Unix seconds, from the last run too; 0 for never. */
  readonly answered: (input: AskedInput) => number;
  /** Takes an answer in. Returns how many of its addresses were new. */
  readonly onAnswer: (input: AskedInput, answer: InputAnswer) => number;
  readonly onFault: (error: unknown) => void;
  /** Unix seconds. */
  readonly clock: () => number;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
}

/** What is known of an input's next question. */
interface Turn {
  readonly input: AskedInput;
  /** Questions in a row that gave no address. */
  failures: number;
  /** Unix seconds. */
  next: number;
}

export class Seeding {
  readonly #options: SeedingOptions;
  readonly #turns: readonly Turn[];
  readonly #stop = new AbortController();
  #asking = false;
  #running = Promise.resolve();
  #check: (() => void) | undefined;

  constructor(options: SeedingOptions) {
    this.#options = options;
    const { inputs, policy, answered } = options;
    this.#turns = inputs.map((input) => {
      const before = answered(input);
      return { input, failures: 0, next: before === 0 ? 0 : before + policy.seedSeconds };
    });
  }

  /** Begins, where there is anybody to ask. */
  start(): void {
    if (this.#turns.length === 0 || this.#stop.signal.aborted) return;
    this.#asking = true;
    this.#running = this.#run().catch(this.#options.onFault);
  }

  /** Whether addresses may still come of the questions that there is reason for now. */
  get asking(): boolean {
    return this.#asking;
  }

  /** Call it after whatever may have changed who is good. */
  nudge(): void {
    this.#check?.();
  }

  /** Breaks off whatever is asked. No answer is taken in after this; resolves when nothing of it runs any more. */
  stop(): Promise<void> {
    this.#stop.abort();
    this.#asking = false;
    this.#check?.();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { policy, supply, clock } = this.#options;
    await this.#until(() => this.#isEnough || supply().unconfirmed === 0, policy.warmUpSeconds);
    while (!this.#stop.signal.aborted) {
      if (this.#isEnough) {
        this.#asking = false;
        await this.#until(() => !this.#isEnough);
        continue;
      }
      const now = clock();
      const ready = this.#turns.filter((turn) => startOf(turn) <= now);
      if (ready.length === 0) {
        this.#asking = false;
        await this.#until(() => false, Math.min(...this.#turns.map(startOf)) - now);
        continue;
      }
      this.#asking = true;
      const fresh = await this.#ask(this.#draw(ready));
      const more = this.#turns.some((turn) => startOf(turn) <= clock());
      if (fresh > 0 && more) await this.#pause(policy.seedPauseSeconds);
    }
  }

  /** Gives what was named just now a chance to suffice, while there is one. */
  async #pause(seconds: number): Promise<void> {
    for (let left = seconds; left > 0 && !this.#isEnough && !this.#options.supply().idle; left -= LOOK_SECONDS) {
      await this.#until(() => this.#isEnough, Math.min(left, LOOK_SECONDS));
    }
  }

  get #isEnough(): boolean {
    const { good, unconfirmed } = this.#options.supply();
    return good - unconfirmed >= this.#options.policy.enoughGood;
  }

  /** Whom to ask now, of those whose turn it is. */
  #draw(ready: readonly Turn[]): Turn[] {
    const named = ready.filter(({ input: { kind } }) => kind === "snapshot" || kind === "peer");
    if (named.length > 0) return named;
    const left = [...ready];
    const drawn: Turn[] = [];
    while (left.length > 0 && drawn.length < INPUTS_AT_ONCE)
      drawn.push(...left.splice(Math.floor(this.#options.random() * left.length), 1));
    return drawn;
  }

  /** Asks them side by side; each answer is taken in as it comes. Returns how many new addresses came. */
  async #ask(turns: readonly Turn[]): Promise<number> {
    const { signal } = this.#stop;
    const { policy, clock, onAnswer } = this.#options;
    let fresh = 0;
    const each = turns.map(async (turn) => {
      const answer = await turn.input.ask(signal);
      if (signal.aborted) return;
      turn.failures = answer.addresses.length > 0 ? 0 : turn.failures + 1;
      const pause = turn.failures === 0 ? policy.seedSeconds : policy.seedRetrySeconds * 2 ** Math.min(turn.failures - 1, 32);
      turn.next = clock() + Math.min(policy.seedSeconds, pause);
      fresh += onAnswer(turn.input, answer);
    });
    await Promise.all(each);
    return fresh;
  }

  /** Resolves when it holds, after so many seconds, or when stopped. */
  #until(holds: () => boolean, seconds = Infinity): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#check = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(seconds * 1_000))));
      this.#check = () => {
        if (this.#stop.signal.aborted || holds()) end();
      };
      this.#check();
    });
  }
}

const startOf = ({ input, next }: Turn): number => Math.max(next, input.freshUntil?.() ?? 0);
