/**
 * Whole answers to messages by GET that need not be made again. An answer depends on the query, on what is held and on the dice; the answers
 * of a bank, and all that say "no", throw one die at most. So there is one answer to keep for each of its faces, and a fresh throw picks
 * among them: the client cannot tell. Fresh samples throw many dice, and are not kept.
 */
import { MAX_BANK_SAMPLES } from "../../schema/bank.ts";
import type { Freshness } from "../../schema/seal.ts";
import type { Answer } from "../dns/answer.ts";
import type { RandomInt } from "../sampling/random.ts";
import type { VisitContext } from "./answering.ts";
import { Kept } from "./kept.ts";
import type { NetworkMemory } from "./memory.ts";

/** The most faces of a die whose answers are kept: a bank's has no more, and a fresh sample of one peer throws a single die as well. */
const MAX_FACES = MAX_BANK_SAMPLES;

/** The answers to the query of one URL. */
export interface KeptAnswer {
  readonly query: Uint8Array;
  readonly memory: NetworkMemory;
  /** What was held, and how fresh it was. */
  readonly turn: number;
  readonly freshness: Freshness;
  readonly faces: number;
  /** By face, those that were thrown. */
  readonly answers: Map<number, Answer>;
}

export class KeptAnswers {
  readonly #kept = new Kept<KeptAnswer>();

  /** What is kept for this URL; undefined where that is nothing, or was an answer of another time. */
  find(url: string, now: number): KeptAnswer | undefined {
    const kept = this.#kept.get(url);
    // A zone's variables are the isolate's: what changes is what is held, and its age.
    return kept !== undefined && kept.memory.turn === kept.turn && kept.memory.freshness(now) === kept.freshness ? kept : undefined;
  }

  /** Throws the die: the answer of its face, which `make` makes where it was not thrown before. */
  draw({ faces, answers }: KeptAnswer, random: RandomInt, make: (random: RandomInt) => Answer): Answer {
    const face = faces === 1 ? 0 : random(faces);
    const kept = answers.get(face);
    if (kept !== undefined) return kept;
    const made = make(() => face);
    answers.set(face, made);
    this.#kept.grow(made.message.length);
    return made;
  }

  /** Keeps an answer for the next who asks the same, if it is one to keep. */
  keep(url: string, query: Uint8Array, { memory, now, personal, thrown }: VisitContext, answer: Answer): void {
    if (memory === undefined || memory.isCold(now) || personal || thrown.times > 1 || thrown.faces > MAX_FACES) return;
    const { faces, face } = thrown;
    const entry = { query, memory, turn: memory.turn, freshness: memory.freshness(now), faces, answers: new Map([[face, answer]]) };
    this.#kept.put(url, entry, query.length + answer.message.length);
  }
}
