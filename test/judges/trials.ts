/** Tests of a battery: every trial over every channel that it is for, by dig. */
import { beforeAll, describe, expect, it } from "vitest";
import { sampleFault, wanted, type Trial } from "./battery.ts";
import { CHANNELS } from "./channel.ts";
import { dig } from "./dig.ts";
import { DigError, type DigMessage, type Exchange } from "./dig-output.ts";
import type { JudgedSeed } from "./judged-seed.ts";
import type { Nghttpx } from "./nghttpx.ts";

/** Whom to try, once that has started. */
export type Tried = () => { readonly seed: JudgedSeed; readonly front: Nghttpx };

/** Makes the tests. `plain` takes from a reply what differs each time. */
export function describeTrials(trials: readonly Trial[], tried: Tried, plain = (reply: DigMessage): DigMessage => reply): void {
  describe.each(CHANNELS)("$title", (channel) => {
    const its = trials.filter(({ on }) => on?.includes(channel.kind) ?? true);
    let exchanges: readonly (Exchange | DigError)[] = [];

    beforeAll(async () => {
      const { seed, front } = tried();
      exchanges = await dig(
        channel.dig(seed, front),
        its.map(({ asked }) => asked),
      );
    }, 60_000);

    for (const [i, trial] of its.entries()) {
      it(`${trial.rule}: ${trial.title}`, () => {
        const exchange = exchanges[i];
        if (exchange === undefined || exchange instanceof DigError) throw exchange ?? new RangeError("not asked");
        const { query } = exchange;
        const reply = plain(exchange.reply);
        if (trial.sent !== undefined) expect(query).toMatchObject(trial.sent);
        expect(reply).toEqual(wanted(trial, query, reply));
        const { answer } = trial.reply;
        if (answer !== undefined && "like" in answer) expect(sampleFault(answer, reply.answer)).toBeUndefined();
      });
    }
  });
}
