/**
 * Whole answers to messages by GET that need not be made again. An answer depends on the query, on what is held and on the dice; the answers
 * of a bank, and all that say "no", throw one die at most. So there is one answer to keep for each of its faces, and a fresh throw picks
 * among them: the client cannot tell. Fresh samples throw many dice, and are never kept.
 */
import type { Freshness } from "../../schema/seal.ts";
import type { Answer } from "../dns/answer.ts";
import type { RandomInt } from "../sampling/random.ts";
import type { VisitContext } from "./answering.ts";
import { Kept } from "./kept.ts";
import type { NetworkMemory } from "./memory.ts";

/** The most faces of a die whose answers are kept: no bank has as many samples of a set. */
export const MAX_FACES = 4_096;
/** What a face without an answer takes, in octets. */
const FACE_OCTETS = 8;

/** The answers to the query of one URL. */
export interface KeptAnswer {
  readonly query: Uint8Array;
  readonly memory: NetworkMemory;
  /** What was held, and how fresh it was. */
  readonly turn: number;
  readonly freshness: Freshness;
  readonly faces: number;
  /** By face; undefined where that face was not thrown yet. */
  readonly answers: (Answer | undefined)[];
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
    const kept = answers[face];
    if (kept !== undefined) return kept;
    const made = make(() => face);
    answers[face] = made;
    this.#kept.grow(made.message.length);
    return made;
  }

  /** Keeps an answer for the next who asks the same, if it is one to keep. */
  keep(url: string, query: Uint8Array, { memory, now, personal, thrown }: VisitContext, answer: Answer): void {
    if (memory === undefined || memory.isCold(now) || personal || thrown.times > 1 || thrown.faces > MAX_FACES) return;
    const answers: (Answer | undefined)[] = Array.from({ length: thrown.faces }, () => undefined);
    answers[thrown.face] = answer;
    const octets = query.length + answer.message.length + thrown.faces * FACE_OCTETS;
    this.#kept.put(url, { query, memory, turn: memory.turn, freshness: memory.freshness(now), faces: thrown.faces, answers }, octets);
  }
}
