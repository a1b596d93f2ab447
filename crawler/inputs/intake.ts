/** Takes what the inputs name into the engine, has them asked when it is time, and counts what came of it. */
import type { DatabaseSync } from "node:sqlite";
import type { Engine } from "../engine/engine.ts";
import type { CrawlPolicy } from "../engine/policy.ts";
import { InputHistory } from "./history.ts";
import { inputTitle, type Input, type InputAnswer } from "./input.ts";
import { inputsOf, type InputOptions, type NamedInputs } from "./inputs.ts";
import { Seeding } from "./seeding.ts";
import { InputTally, type InputCount, type InputNews } from "./tally.ts";

export interface IntakeOptions extends Omit<InputOptions, "history"> {
  readonly named: NamedInputs;
  readonly engine: Engine;
  readonly policy: CrawlPolicy;
  readonly db: DatabaseSync;
  /** An input has answered, and its addresses were taken in. */
  readonly onNews: (news: InputNews) => void;
  readonly onFault: (error: unknown) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #inputs: readonly Input[];
  readonly #tally: InputTally;
  readonly #seeding: Seeding;

  /** Throws `StoreError`. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    const { engine, policy, clock, random } = options;
    const history = new InputHistory(options.db);
    const inputs = inputsOf(options.named, { ...options, history });
    this.#inputs = inputs;
    this.#tally = new InputTally(inputs);
    this.#seeding = new Seeding({
      inputs: inputs.filter((input) => input.how === "asked"),
      policy,
      clock,
      random,
      supply: () => {
        const { good, unconfirmed, due, inFlight } = engine.stats;
        return { good, unconfirmed, idle: due + inFlight === 0 };
      },
      answered: (input) => history.answered(input, clock()),
      onAnswer: (input, answer) => {
        if (answer.addresses.length > 0) history.noteAnswer(input, clock());
        return this.#take(input, answer);
      },
      onFault: options.onFault,
    });
  }

  /** Takes in what is given, and begins to ask. The engine must know already what the store remembers. */
  start(): void {
    for (const input of this.#inputs) if (input.how === "given") this.#take(input, input.answer);
    this.#seeding.start();
  }

  /** What each input brought since the start. */
  get counts(): readonly InputCount[] {
    return this.#tally.counts;
  }

  /** Whether inputs may still answer that there was reason to ask. */
  get asking(): boolean {
    return this.#seeding.asking;
  }

  /** A probe of the address, in its canonical text, ended. */
  probed(address: string, passed: boolean): void {
    if (passed) this.#tally.verified(address);
    this.#seeding.nudge();
  }

  /** Asks nobody any more. Resolves when nothing of it runs. */
  stop(): Promise<void> {
    return this.#seeding.stop();
  }

  /** Given addresses are kept whatever gossip says; others are hearsay with a bound for each source. Returns how many were new. */
  #take(input: Input, answer: InputAnswer): number {
    const { engine, clock, onNews } = this.#options;
    const now = clock();
    const { addresses } = answer;
    const fresh = input.how === "given" ? engine.seed(addresses, now) : engine.suggest(addresses, inputTitle(input), now);
    onNews(this.#tally.note(input, answer, fresh, (address) => engine.passes(address), now));
    return fresh;
  }
}
