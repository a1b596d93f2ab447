import { describe, expect, it } from "vitest";
import { peersOf, ZONE } from "./test-publication.ts";
import { createTestRegistry, report } from "./test-registry.ts";

const ONION = `${"a".repeat(56)}.onion:8333`;
const I2P = `${"b".repeat(51)}a.b32.i2p:0`;
const CJDNS = "[fc00::1]:8333";

describe("reports on overlay peers", () => {
  it("are taken, judged and published as any other, and their peers can be asked after", async () => {
    const registry = await createTestRegistry("overlays", ZONE);
    const vantage = await registry.enrol("v");
    const reply = await vantage.push([report(ONION), report(I2P), report(CJDNS), report(ONION.toUpperCase())]);
    expect(await reply.json()).toMatchObject({ refused: [{ address: ONION.toUpperCase(), refusal: "address-not-canonical" }] });
    expect((await peersOf(registry))?.toSorted()).toEqual([CJDNS, ONION, I2P].toSorted());
    const check = await registry.fetch(`/v1/networks/overlays/peers/${encodeURIComponent(ONION)}`);
    expect(await check.json()).toMatchObject({ address: ONION, verdict: "servable" });
  });
});
