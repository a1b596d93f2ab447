/** Where the next answer to a question comes from that was asked before: from its faces, or from a stock. */
import type { RandomInt } from "../sampling/random.ts";
import type { Rendered } from "./rendered.ts";

/** Makes an answer with these dice. */
export type Make = (random: RandomInt) => Rendered;

export interface Supply {
  /** An answer, as if it were made just now: what it throws is fresh and fair. `grow` is told of octets that are kept from now on. */
  next(random: RandomInt, make: Make, grow: (octets: number) => void): Rendered;
}

/** The answers that a single die decides, or none: one for each face, made when it is first thrown. */
export class Faces implements Supply {
  readonly #faces: number;
  readonly #answers: (Rendered | undefined)[] = [];

  constructor(faces: number, face: number, first: Rendered) {
    this.#faces = faces;
    this.#answers[face] = first;
  }

  next(random: RandomInt, make: Make, grow: (octets: number) => void): Rendered {
    const face = this.#faces === 1 ? 0 : random(this.#faces);
    const kept = this.#answers[face];
    if (kept !== undefined) return kept;
    const made = make(() => face);
    this.#answers[face] = made;
    grow(made.octets.length);
    return made;
  }
}

/** The most answers that one request makes: enough that the first of them, which costs four times what the others do, no longer matters. */
export const MAX_AHEAD = 64;
/**
 * About the most octets that one request makes, and that a stock holds. IPv6 and overlay peers as JSON take 25 nanoseconds an octet, and a request
 * has 10 ms on the free plan.
 */
export const MAX_AHEAD_OCTETS = 128 * 1_024;

/**
 * The answers that many dice decide, such as fresh samples: each is given once and to one client only. They are made some ahead, because one
 * made between two requests takes four times as long as one after another: neither its code nor its data are near. How many grows with how
 * often they are asked for, so that no more are ever thrown away than were given.
 */
export class Stock implements Supply {
  readonly #answers: Rendered[] = [];
  /** How many the last request made that made any. */
  #batch = 0;

  next(random: RandomInt, make: Make, grow: (octets: number) => void): Rendered {
    const ahead = this.#answers.pop();
    if (ahead !== undefined) return ahead;
    const before = this.#batch;
    const first = make(random);
    const room = Math.floor(MAX_AHEAD_OCTETS / first.octets.length); // a question's answers are of about one size
    this.#batch = Math.max(before, Math.min(Math.max(1, 2 * before), MAX_AHEAD, room));
    for (let i = 1; i < this.#batch; i++) {
      const made = make(random);
      if (i >= before) grow(made.octets.length);
      this.#answers.push(made);
    }
    return first;
  }
}
