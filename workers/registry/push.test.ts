import { describe, expect, it } from "vitest";
import type { Position } from "../../schema/api.ts";
import { EMPTY_DIGEST, foldDigest } from "../../schema/report.ts";
import { REPORTED_PAGE } from "./report-rows.ts";
import { addresses, createTestRegistry, problemOf, report, type TestVantage } from "./test-registry.ts";
import { expectInStep, readBack, reply } from "./test-step.ts";

const [A = "", B = "", C = "", D = ""] = addresses(4);

describe("a delta", () => {
  it("puts, replaces and removes reports, and the set reads back as it was said", async () => {
    const vantage = await (await createTestRegistry("delta")).enrol("v");
    await expectInStep(vantage);
    expect(await reply(await vantage.push([report(A), report(B, { state: "lapsed", reason: "refused" })]))).toMatchObject({
      seq: 1,
      applied: 2,
      refused: [],
    });
    await expectInStep(vantage);
    await reply(await vantage.push([report(B), report(C, { agent: "/ué\u{1F30D}:1.0/ \"'\\" }), { address: A, state: "gone" }]));
    await expectInStep(vantage);
    await reply(await vantage.push([])); // a heartbeat
    await reply(await vantage.push([{ address: D, state: "gone" }])); // what was never there
    await expectInStep(vantage);
  });

  it("keeps vantages and networks apart", async () => {
    const registry = await createTestRegistry("apart");
    const [one, two] = [await registry.enrol("one"), await registry.enrol("two")];
    await one.push([report(A)]);
    await two.push([report(A, { height: 1 }), report(B)]);
    await one.push([{ address: A, state: "gone" }]);
    await expectInStep(one);
    await expectInStep(two);
  });

  it.each<[string, (push: ReturnType<TestVantage["delta"]>) => object]>([
    ["the number before", (push) => ({ ...push, seq: push.seq - 1 })],
    ["a number too many", (push) => ({ ...push, seq: push.seq + 1 })],
    ["another base", (push) => ({ ...push, base: "f".repeat(32) })],
    ["another digest", (push) => ({ ...push, digest: "f".repeat(32) })],
  ])("with %s is out of step and changes nothing", async (what, change) => {
    const vantage = await (await createTestRegistry(`out-of-step-${what.replaceAll(" ", "-")}`)).enrol("v");
    await vantage.push([report(A)]);
    const response = await vantage.send(change(vantage.delta([report(B)])));
    const body: Position & { type: string } = await response.clone().json();
    expect(await problemOf(response)).toEqual({ status: 409, slug: "out-of-step" });
    expect(body).toMatchObject({ seq: vantage.seq, digest: vantage.digest });
    await expectInStep(vantage);
  });

  it("lists what it refuses and applies the rest", async () => {
    const vantage = await (await createTestRegistry("refusals")).enrol("v");
    const good = ["8.8.8.8:8333", "[2a00:1450::1]:8333", `${"a".repeat(56)}.onion:8333`];
    const bad = [
      ["10.0.0.1:8333", "address-not-routable"], // private
      ["224.0.0.1:8333", "address-not-routable"], // multicast
      ["[ff02::1]:8333", "address-not-routable"],
      ["[2001:db8::1]:8333", "address-not-routable"], // documentation
      ["127.0.0.1:8333", "address-not-routable"],
      ["8.8.8.8:8333", "address-duplicate"],
      ["[::ffff:8.8.4.4]:8333", "address-not-canonical"], // mapped
      ["[2A00:1450::2]:8333", "address-not-canonical"],
      ["8.8.8.8:08333", "address-malformed"],
      ["8.8.8.8", "address-malformed"],
      ["seed.example.org:8333", "address-malformed"],
      ["8.8.8.8:0", "address-malformed"],
    ] as const;
    const push = vantage.delta([...good, ...bad.map(([address]) => address)].map((address) => report(address)));
    const digest = foldDigest(
      EMPTY_DIGEST,
      [],
      good.map((address) => report(address)),
    );
    const expected = { seq: 1, digest, applied: 3, refused: bad.map(([address, refusal]) => ({ address, refusal })) };
    expect(await reply(await vantage.send(push))).toEqual(expected);
    const held = await readBack(vantage);
    expect(held.digest).toBe(digest);
    expect(held.reports.map(({ address }) => address).sort()).toEqual([...good].sort());
  });

  it("lets only one of two pushes through that build on the same position", async () => {
    const registry = await createTestRegistry("race");
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    const rivals = [vantage.delta([report(B)]), vantage.delta([report(C)])];
    const responses = await Promise.all(rivals.map((push) => vantage.send(push)));
    expect(responses.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    const { digest, reports } = await readBack(vantage);
    expect(digest).toBe(foldDigest(EMPTY_DIGEST, [], reports));
    expect(reports).toHaveLength(2);
  });

  it("is guarded inside the batch against a push between reading and writing", async () => {
    const registry = await createTestRegistry("guard");
    const vantage = await registry.enrol("v");
    await vantage.push([report(A)]);
    const late = vantage.delta([report(B)]);
    registry.db.beforeWrite = async () => {
      registry.db.beforeWrite = async () => {};
      await vantage.push([report(C)]);
    };
    expect(await problemOf(await vantage.send(late))).toEqual({ status: 409, slug: "out-of-step" });
    await expectInStep(vantage);
  });
});

describe("a full set in pages", () => {
  it("replaces each range by what the page says, and checks the digest on the last", async () => {
    const vantage = await (await createTestRegistry("pages")).enrol("v");
    const old = addresses(20);
    await vantage.push(old.map((address) => report(address)));
    const wanted = [...addresses(5, 3), ...addresses(5, 30)]
      .map((address) => report(address, { version: 70017 }))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
    const cut = wanted[4]!.address;
    const digest = foldDigest(EMPTY_DIGEST, [], wanted);
    const page = { run: "test", base: "f".repeat(32), digest };
    await reply(await vantage.send({ ...page, seq: 7, full: { after: null, upto: cut }, changes: wanted.slice(0, 5) }));
    const wrong = { ...page, seq: 8, full: { after: cut, upto: null }, changes: wanted.slice(5), digest: EMPTY_DIGEST };
    expect(await problemOf(await vantage.send(wrong))).toEqual({ status: 409, slug: "out-of-step" });
    expect(await reply(await vantage.send({ ...wrong, digest }))).toMatchObject({ seq: 8, digest, applied: 5 });
    const held = await readBack(vantage);
    expect(held).toMatchObject({ seq: 8, digest, reports: wanted });
  });

  it("of nothing empties the set", async () => {
    const vantage = await (await createTestRegistry("emptied")).enrol("v");
    await vantage.push([report(A), report(B)]);
    const push = { run: "test", seq: 2, base: vantage.digest, full: { after: null, upto: null }, changes: [], digest: EMPTY_DIGEST };
    expect(await reply(await vantage.send(push))).toMatchObject({ digest: EMPTY_DIGEST });
    expect((await readBack(vantage)).reports).toEqual([]);
  });

  it("must not go back in number, and keeps to its range", async () => {
    const vantage = await (await createTestRegistry("page-rules")).enrol("v");
    await vantage.push([report(A)]);
    const page = { run: "test", seq: 2, base: vantage.digest, changes: [report(C)], digest: EMPTY_DIGEST };
    for (const [full, seq, problem] of [
      [{ after: null, upto: null }, 1, { status: 409, slug: "out-of-step" }],
      [{ after: C, upto: null }, 2, { status: 400, slug: "bad-request" }],
      [{ after: null, upto: B }, 2, { status: 400, slug: "bad-request" }],
      [{ after: C, upto: B }, 2, { status: 400, slug: "bad-request" }],
      [{ after: null, upto: "\u{1F30D}" }, 2, { status: 400, slug: "bad-request" }],
    ] as const) {
      expect(await problemOf(await vantage.send({ ...page, seq, full }))).toEqual(problem);
    }
    await expectInStep(vantage);
  });
});

describe("the reported set", () => {
  it("reads back in pages", async () => {
    const vantage = await (await createTestRegistry("read-back")).enrol("v");
    await vantage.push(addresses(REPORTED_PAGE + 1).map((address) => report(address)));
    expect((await readBack(vantage)).pages).toBe(2);
    await expectInStep(vantage);
  });

  it("is the caller's alone, and a replayed request for it is refused", async () => {
    const registry = await createTestRegistry("private-set");
    const vantage = await registry.enrol("v");
    const request = await registry.sign(vantage.key, "GET", vantage.path);
    expect((await registry.fetch(request.clone())).status).toBe(200);
    expect(await problemOf(await registry.fetch(request))).toEqual({ status: 401, slug: "signature-replayed" });
    expect(await problemOf(await registry.fetch(vantage.path))).toEqual({ status: 401, slug: "signature-missing" });
  });
});
