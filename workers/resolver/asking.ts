/** Answering a question that a URL asks, for the first time or again. */
import { answering, VisitContext, type Visit } from "./answering.ts";
import type { Platform } from "./handler.ts";
import type { KeptAnswer, KeptAnswers } from "./kept-answers.ts";
import type { Rendered } from "./rendered.ts";

/** A form in which questions come by URL, and how they are answered. */
export interface Asking<Question> {
  readonly url: string;
  readonly answers: KeptAnswers<Question>;
  readonly make: (question: Question, context: VisitContext) => Rendered;
  readonly respond: (answer: Rendered) => Response;
}

/** As `answering`, and remembers the answer for the next who asks the same. */
export function answerFirst<Question>(
  visit: Visit,
  platform: Platform,
  { url, answers, make, respond }: Asking<Question>,
  question: Question,
): Response | Promise<Response> {
  const answer = (context: VisitContext): Rendered => {
    const made = make(question, context);
    answers.keep(url, question, context, made);
    return made;
  };
  return answering(visit, platform, answer, respond);
}

/** Answers a question that was asked before, of which `find` found something at `now`. */
export function answerAgain<Question>(
  visit: Visit,
  { random }: Platform,
  { answers, make, respond }: Asking<Question>,
  kept: KeptAnswer<Question>,
  now: number,
): Response {
  kept.memory.touch(now, visit.background);
  return respond(answers.next(kept, random, (dice) => make(kept.question, new VisitContext(visit, dice, now))));
}
