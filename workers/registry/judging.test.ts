import { describe, expect, it } from "vitest";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { judgeAll } from "./judging.ts";
import type { Testimony } from "./judge.ts";
import { addresses, NOW, report } from "./test-registry.ts";

const CASE = {
  network: { ...DEVNET, scope: "public" as const },
  zone: { silence: 900, tenure: 60, quorum: 1 },
  now: NOW,
  streams: new Map([["v", { pushed: NOW }]]),
};

async function* testimonies(list: readonly [string, Partial<Testimony>][]) {
  for (const [address, fields] of list)
    yield { address, reports: [{ ...report(address), vantage: "v", asn: null, country: null, ...fields }] };
}

describe("judgeAll", () => {
  it("keeps those seen good for longest where there are more than a snapshot holds, in address order", async () => {
    const list = addresses(9).map((address, i): [string, Partial<Testimony>] => [address, { since: NOW - 100 - ((i * 5) % 9) }]);
    const { peers } = await judgeAll(testimonies(list), CASE, 3);
    const oldest = list.toSorted(([, a], [, b]) => (a.since ?? 0) - (b.since ?? 0)).slice(0, 3);
    expect(peers.map(([address]) => address)).toEqual(oldest.map(([address]) => address).sort());
  });

  it("counts refusals by reason and knows who comes of age next", async () => {
    const [a = "", b = "", c = "", d = ""] = addresses(4);
    const judgement = await judgeAll(
      testimonies([
        [a, { since: NOW - 20 }],
        [b, { since: NOW - 50 }],
        [c, { state: "lapsed" }],
        ["no address", {}],
        [d, {}],
      ]),
      CASE,
    );
    expect(judgement.refused).toEqual({ "tenure-too-short": 2, lapsed: 1, "not-routable": 1 });
    expect(judgement.matures).toBe(NOW + 10);
    expect(judgement.peers).toHaveLength(1);
  });
});
