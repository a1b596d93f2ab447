/** What comes of checking one rule. */

export type Verdict =
  | { readonly state: "pass" }
  | { readonly state: "fail"; readonly seen: string; readonly expected: string }
  | { readonly state: "skipped"; readonly reason: string };

export const PASS: Verdict = { state: "pass" };

export const skipped = (reason: string): Verdict => ({ state: "skipped", reason });

/** Passes where what was seen is what was expected. */
export const judge = (good: boolean, expected: string, seen: string): Verdict => (good ? PASS : { state: "fail", seen, expected });

/** Judges several things one after the other: the first fault is the verdict; skipped only where nothing could be judged. */
export async function judgeEach<T>(things: Iterable<T>, check: (thing: T) => Verdict | Promise<Verdict>): Promise<Verdict> {
  let verdict: Verdict = skipped("nothing to judge was seen");
  for (const thing of things) {
    const next = await check(thing);
    if (next.state === "fail") return next;
    if (next.state === "pass" || verdict.state !== "pass") verdict = next;
  }
  return verdict;
}

/** Thrown where a rule cannot be checked here; becomes "skipped". */
export class Unaskable extends Error {
  override name = "Unaskable";
}

/** Thrown where a rule needs a DNS answer and got something else; becomes "fail". */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}
