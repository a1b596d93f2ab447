import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Report } from "../../schema/report.ts";
import { buildPool } from "../sampling/pool.ts";
import { OPERATOR_PEERS, randomInt, samplePool } from "../sampling/sample.ts";
import { A, B, ZONE, attempt, served } from "./test-publication.ts";
import { addresses, createTestRegistry, report } from "./test-registry.ts";
import { expectInStep, reply } from "./test-step.ts";

const BERLIN = { asn: 24_940, country: "DE", coordinates: "+52.5+013.4" } satisfies Partial<Report>;

describe("where a peer is", () => {
  it("is kept as it was said, and reads back to the same digest", async () => {
    const vantage = await (await createTestRegistry("where")).enrol("v");
    const said: Partial<Report>[] = [
      { ...BERLIN, uptime: 86_400 },
      { asn: 0xffff_ffff },
      { country: "FR" },
      { coordinates: "-00.1-179.9" },
      { uptime: 0 },
      { asn: 1, uptime: 0xffff_ffff },
      {},
    ];
    const reports = addresses(said.length).map((address, i) => report(address, said[i]));
    await reply(await vantage.push(reports));
    await expectInStep(vantage);
    await reply(await vantage.push(reports.map((each, i) => report(each.address, said[(i + 1) % said.length]))));
    await expectInStep(vantage);
  });

  it.each<[string, object]>([
    ["of nobody", { asn: 0 }],
    ["of 33 bits", { asn: 2 ** 32 }],
    ["in a small country", { country: "de" }],
    ["not on earth", { coordinates: "+90.1+000.0" }],
    ["an exact spot", { coordinates: "+52.5200+013.4050" }],
    ["up since tomorrow", { uptime: -1 }],
    ["told by city", { city: "Berlin" }],
  ])("is refused where it is said to be %s", async (what, fields) => {
    const vantage = await (await createTestRegistry(`where-${what.replaceAll(" ", "-")}`)).enrol("v");
    const push = vantage.delta([report(A)]);
    const response = await vantage.send({ ...push, changes: [{ ...report(A), ...fields }] });
    expect(response.status).toBe(400);
    await expectInStep(vantage);
  });

  it("shows in check my node, by vantage; in the snapshot only AS and country", async () => {
    const registry = await createTestRegistry("where-shown", ZONE);
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    await one.push([report(A, { ...BERLIN, uptime: 3_600, seen: registry.clock.now - 2 }), report(B)]);
    await two.push([report(A, { asn: 3_320, country: "DE", seen: registry.clock.now - 1 })]);
    const check: { evidence: { report: Report }[] } = await (await registry.fetch(`/v1/networks/where-shown/peers/${A}`)).json();
    expect(check.evidence.map((each) => each.report)).toMatchObject([
      { ...BERLIN, uptime: 3_600 },
      { asn: 3_320, country: "DE" },
    ]);
    registry.clock.now += 60;
    expect(await attempt(registry)).toBe("published");
    expect((await served(registry))?.peers.map(([address, , , , asn, country]) => [address, asn, country])).toEqual([
      [A, 3_320, "DE"], // the later word of the two
      [B, null, null],
    ]);
  });

  it("bounds an operator's share of a sample, from report to answer", async () => {
    const registry = await createTestRegistry("where-sampled", ZONE);
    const vantage = await registry.enrol("v");
    // One operator holds half of the peers, in many netgroups: only the AS shows that they are one.
    const peers = Array.from({ length: 100 }, (_, i) =>
      report(`${20 + i}.1.1.1:8333`, { asn: i % 2 === 0 ? 64_000 : 1_000 + i, country: "NL" }),
    );
    await reply(await vantage.push(peers));
    const snapshot = await served(registry);
    const pool = buildPool(snapshot!);
    const random = randomInt((words) => crypto.getRandomValues(words));
    let most = 0;
    for (let draw = 0; draw < 200; draw++) {
      const sample = samplePool(pool, {}, 25, random);
      expect(sample).toHaveLength(25);
      most = Math.max(most, sample.filter(({ asn }) => asn === 64_000).length);
    }
    expect(most).toBe(OPERATOR_PEERS);
  });

  it("writes one row where it changed and none where it did not", async () => {
    const registry = await createTestRegistry("where-rows", { ...ZONE, tenure: 31_536_000, interval: 3_600 });
    const vantage = await registry.enrol("v");
    await vantage.push([]); // publishes the empty snapshot
    const all = addresses(500);
    const rows = async (fields: Partial<Report>): Promise<number> => {
      registry.db.rowsWritten = 0;
      await reply(await vantage.push(all.map((address) => report(address, fields))));
      return registry.db.rowsWritten - 2; // the stream and the nonce
    };
    expect(await rows(BERLIN)).toBe(500);
    expect(await rows(BERLIN)).toBe(0);
    expect(await rows({ ...BERLIN, uptime: 5 })).toBe(500);
    const { results } = await env.DB.prepare(
      "select distinct asn, country, coordinates, uptime from reports where network = 'where-rows'",
    ).all();
    expect(results).toEqual([{ ...BERLIN, uptime: 5 }]);
  });
});
