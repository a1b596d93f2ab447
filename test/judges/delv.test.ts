/** delv validates everything that the signed zone says, from its key signing key alone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { delv, type Verdict } from "./delv.ts";
import { startDnsdist, type Relay } from "./dnsdist.ts";
import { APEX } from "./judged-zone.ts";
import { startNghttpx } from "./nghttpx.ts";
import { startSignedSeed, writeAnchors, settledKeys, type SignedSeed } from "./signed-seed.ts";
import { SHORT_BATTERY, VALIDATION_BATTERY, type Judgement } from "./validation-battery.ts";

const STATUS: Readonly<Record<Judgement["found"], string>> = {
  records: "success",
  "no data": "ncache nxrrset",
  "no name": "ncache nxdomain",
};

const trustOf = ({ found, secure }: Judgement): string =>
  `${found === "records" ? "" : "negative_response_"}${secure ? "fully_validated" : "unsigned_answer"}`;

const at = (port: number, ...options: readonly string[]): readonly string[] => ["@127.0.0.1", "-p", String(port), ...options];

describe.each([13, 15] as const)("a zone signed by algorithm %i", (algorithm) => {
  const undo = new AsyncDisposableStack();
  let seed: SignedSeed;
  let relay: Relay;

  beforeAll(async () => {
    seed = await startSignedSeed(undo, algorithm);
    relay = await startDnsdist(undo, await startNghttpx(undo, seed.edge.url));
  }, 120_000);
  afterAll(() => undo.disposeAsync());

  describe.each([
    { title: "the name server by UDP", battery: VALIDATION_BATTERY, way: () => at(seed.nameserver.udpPort) },
    { title: "the name server by TCP", battery: SHORT_BATTERY, way: () => at(seed.nameserver.tcpPort, "+tcp") },
    { title: "dnsdist before the edge", battery: VALIDATION_BATTERY, way: () => at(relay.port) },
  ])("$title", ({ battery, way }) => {
    let verdicts: readonly Verdict[] = [];
    beforeAll(async () => {
      verdicts = await delv({ way: way(), anchor: seed.anchors.delv, root: APEX }, battery);
    }, 120_000);

    for (const [i, judgement] of battery.entries()) {
      const { name, type, found } = judgement;
      it(`${name}, ${type}: ${found}, ${judgement.secure ? "secure" : "insecure"}`, () => {
        const { status, trust, records, said } = verdicts[i]!;
        expect({ status, trust: [...new Set(trust)] }, said).toEqual({ status: STATUS[found], trust: [trustOf(judgement)] });
        const wanted = type === "ANY" ? "HINFO" : type;
        if (found === "records") expect(records.some((record) => record.includes(` IN ${wanted} `))).toBe(true);
      });
    }
  });

  it("is bogus by any other key", async () => {
    const { delv: anchor } = await writeAnchors(undo, settledKeys(algorithm));
    const [verdict] = await delv({ way: at(seed.nameserver.udpPort), anchor, root: APEX }, [{ name: APEX, type: "A" }]);
    expect(verdict).toMatchObject({ status: "broken trust chain", trust: [], records: [] });
  });
});
