/**
 * Answers to a URL that was asked for before. An answer depends on the query, on what is held and on the dice; as long as the first two are what
 * they were, another throw of the dice gives the next answer, and how the dice fall decides whether that has to be made (see `Supply`). Whoever
 * asks cannot tell.
 */
import { MAX_BANK_SAMPLES } from "../../schema/bank.ts";
import type { Freshness } from "../../schema/seal.ts";
import type { RandomInt } from "../sampling/random.ts";
import type { VisitContext } from "./answering.ts";
import { Kept } from "./kept.ts";
import type { NetworkMemory } from "./memory.ts";
import type { Rendered } from "./rendered.ts";
import { Faces, Stock, type Make, type Supply } from "./supply.ts";

/** The most faces of a die whose answers are kept: a bank's has no more, and a fresh sample of one peer throws a single die as well. */
const MAX_FACES = MAX_BANK_SAMPLES;

/** What is kept for one URL. */
export interface KeptAnswer<Question> {
  readonly question: Question;
  readonly memory: NetworkMemory;
  /** What was held, and how fresh it was. */
  readonly turn: number;
  readonly freshness: Freshness;
  readonly supply: Supply;
}

export class KeptAnswers<Question> {
  readonly #kept = new Kept<KeptAnswer<Question>>();
  readonly #octetsOf: (question: Question) => number;
  readonly #grow = (octets: number): void => this.#kept.grow(octets);

  /** `octetsOf` says about how large a question is. */
  constructor(octetsOf: (question: Question) => number) {
    this.#octetsOf = octetsOf;
  }

  /** What is kept for this URL; undefined where that is nothing, or of another time. */
  find(url: string, now: number): KeptAnswer<Question> | undefined {
    const kept = this.#kept.get(url);
    // A zone's variables are the isolate's: what changes is what is held, and its age.
    return kept !== undefined && kept.memory.turn === kept.turn && kept.memory.freshness(now) === kept.freshness ? kept : undefined;
  }

  /** The next answer to a question that was found. */
  next({ supply }: KeptAnswer<Question>, random: RandomInt, make: Make): Rendered {
    return supply.next(random, make, this.#grow);
  }

  /** Remembers an answer for the next who asks the same, if others may have it. */
  keep(url: string, question: Question, { memory, now, personal, thrown }: VisitContext, answer: Rendered): void {
    if (memory === undefined || memory.isCold(now) || personal) return;
    const isDie = thrown.times <= 1 && thrown.faces <= MAX_FACES;
    const supply = isDie ? new Faces(thrown.faces, thrown.face, answer) : new Stock();
    const entry = { question, memory, turn: memory.turn, freshness: memory.freshness(now), supply };
    this.#kept.put(url, entry, this.#octetsOf(question) + (isDie ? answer.octets.length : 0));
  }
}
