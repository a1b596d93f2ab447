/** dig asks everything there is to ask, over every transport, and each reply must be the one that the rules demand. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Trial } from "./battery.ts";
import { CHANNELS } from "./channel.ts";
import { dig } from "./dig.ts";
import { DigError } from "./dig-output.ts";
import { EDNS_BATTERY } from "./edns-battery.ts";
import { HEADER_BATTERY } from "./header-battery.ts";
import { startJudgedSeed, type JudgedSeed } from "./judged-seed.ts";
import { APEX, NETWORK } from "./judged-zone.ts";
import { startNghttpx, type Nghttpx } from "./nghttpx.ts";
import { describeTrials } from "./trials.ts";
import { UNSIGNED_BATTERY, ZONE_BATTERY } from "./zone-battery.ts";

const TRIALS: readonly Trial[] = [...EDNS_BATTERY, ...HEADER_BATTERY, ...ZONE_BATTERY, ...UNSIGNED_BATTERY];

const undo = new AsyncDisposableStack();
let seed: JudgedSeed;
let front: Nghttpx;

beforeAll(async () => {
  seed = await startJudgedSeed(undo);
  front = await startNghttpx(undo, seed.edge.url);
}, 120_000);
afterAll(() => undo.disposeAsync());

describeTrials(TRIALS, () => ({ seed, front }));

describe("a sample with more to say than UDP has room for", () => {
  /** The longest record of either name: a service whose target is an IPv6 host, and an onion service's text. */
  const LONGEST = { SRV: 12 + 6 + 1 + 32 + 6 + APEX.length + 1, TXT: 12 + 1 + 68 + 1 + 12 } as const;
  const sizes = [512, 1_000, 1_232, 4_096];

  it.each([
    { name: `_${NETWORK.name}._tcp.${APEX}`, type: "SRV" },
    { name: `_peers.${APEX}`, type: "TXT" },
  ] as const)("E8: $type is cut to it, never truncated", async ({ name, type }) => {
    const udp = CHANNELS.find(({ kind }) => kind === "udp")!;
    const exchanges = await dig(
      udp.dig(seed, front),
      sizes.map((size) => ask(name, type, `+bufsize=${size}`)),
    );
    for (const [i, exchange] of exchanges.entries()) {
      if (exchange instanceof DigError) throw exchange;
      const room = Math.min(sizes[i]!, 1_232);
      const { reply } = exchange;
      expect(reply).toMatchObject({ status: "NOERROR", flags: "qr aa", counts: [1, reply.answer.length, 0, 1] });
      expect(reply.octets).toBeLessThanOrEqual(room);
      const whole = type === "TXT" && room >= 1_000;
      expect(reply.octets).toBeGreaterThan(whole ? 0 : room - LONGEST[type]);
      if (whole) expect(reply.answer).toHaveLength(11);
    }
  });
});
