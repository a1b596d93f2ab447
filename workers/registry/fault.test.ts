import { afterEach, describe, expect, it, vi } from "vitest";
import { ReportedPageSchema } from "../../schema/api.ts";
import * as v from "valibot";
import type { CallKind, Fault } from "./test-faults.ts";
import { addresses, createTestRegistry, problemOf, report, type TestRegistry, type TestVantage } from "./test-registry.ts";

/** One fault at the next call of this kind. */
function once(registry: TestRegistry, kind: CallKind, fault: Fault): void {
  registry.db.fault = (called) => {
    if (called !== kind) return undefined;
    registry.db.fault = () => undefined;
    return fault;
  };
}

async function held(vantage: TestVantage): Promise<{ seq: number; digest: string; addresses: string[] }> {
  const page = v.parse(ReportedPageSchema, await (await vantage.registry.signed(vantage.key, "GET", vantage.path)).json());
  return { seq: page.seq, digest: page.digest, addresses: page.reports.map(({ address }) => address) };
}

const UNAVAILABLE = { status: 503, slug: "registry-unavailable" };
const [A = "", B = "", C = ""] = addresses(3);

describe("a push while D1 fails", () => {
  it.each<[string, CallKind, Fault]>([
    ["before the vantage was looked up", "read", "fail"],
    ["before anything was written", "write", "fail"],
    ["in the middle of the batch", "write", "break"],
  ])("%s is answered 503, leaves nothing half applied, and succeeds when it is sent again", async (what, kind, fault) => {
    const registry = await createTestRegistry(what.replaceAll(" ", "-"));
    const vantage = await registry.enrol("v");
    await vantage.push([report(A), report(B)]);
    const before = await held(vantage);
    once(registry, kind, fault);
    const changes = [report(C), { address: A, state: "gone" } as const];
    const refused = await vantage.push(changes);
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(await problemOf(refused)).toEqual(UNAVAILABLE);
    expect(await held(vantage)).toEqual(before);
    expect((await vantage.push(changes)).status).toBe(200);
    expect(await held(vantage)).toEqual({ seq: 2, digest: vantage.digest, addresses: [B, C] });
  });

  it("with the very same request again, where nothing was done, succeeds too", async () => {
    const registry = await createTestRegistry("same-again");
    const vantage = await registry.enrol("v");
    const request = await registry.sign(vantage.key, "POST", vantage.path, { body: vantage.delta([report(A)]) });
    once(registry, "write", "break");
    expect(await problemOf(await registry.fetch(request.clone()))).toEqual(UNAVAILABLE);
    expect((await registry.fetch(request)).status).toBe(200);
  });

  it("after the commit, so that only the answer is lost, is answered 200", async () => {
    const registry = await createTestRegistry("lost-answer");
    const vantage = await registry.enrol("v");
    once(registry, "write", "lose");
    expect((await vantage.push([report(A)])).status).toBe(200);
    expect(await held(vantage)).toEqual({ seq: 1, digest: vantage.digest, addresses: [A] });
  });

  it("for good is answered 503, and the vantage learns afterwards that it was applied", async () => {
    const registry = await createTestRegistry("gone-for-good");
    const vantage = await registry.enrol("v");
    const push = vantage.delta([report(A)]);
    let written = false;
    registry.db.fault = (kind) => {
      if (kind === "write") written = true;
      return kind === "write" ? "lose" : written ? "fail" : undefined;
    };
    expect(await problemOf(await vantage.send(push))).toEqual(UNAVAILABLE);
    registry.db.fault = () => undefined;
    const again = await vantage.send(push);
    expect(await again.clone().json()).toMatchObject({ seq: push.seq, digest: push.digest });
    expect(await problemOf(again)).toEqual({ status: 409, slug: "out-of-step" });
  });

  it("lets one of two equal requests through and calls the other a replay, also at the same time", async () => {
    const registry = await createTestRegistry("twins");
    const vantage = await registry.enrol("v");
    const request = await registry.sign(vantage.key, "POST", vantage.path, { body: vantage.delta([report(A)]) });
    let twin: Promise<Response> | undefined;
    registry.db.beforeWrite = async () => {
      registry.db.beforeWrite = async () => {};
      twin = registry.fetch(request.clone());
      await twin;
    };
    const late = await registry.fetch(request.clone());
    expect((await twin)?.status).toBe(200);
    expect(await problemOf(late)).toEqual({ status: 401, slug: "signature-replayed" });
  });
});

describe("an operator's change while D1 fails", () => {
  it("is done wholly or not at all, with its audit entry", async () => {
    const registry = await createTestRegistry("operator-fault");
    const vantage = await registry.enrol("v");
    const path = `/v1/operator/vantages/${vantage.id}/disable`;
    once(registry, "write", "break");
    expect(await problemOf(await registry.signed(registry.operator, "POST", path))).toEqual(UNAVAILABLE);
    expect((await vantage.push([report(A)])).status).toBe(200);
    once(registry, "write", "lose");
    expect((await registry.signed(registry.operator, "POST", path)).status).toBe(200);
    const audit: { entries: { action: string; subject: string }[] } = await (
      await registry.signed(registry.operator, "GET", "/v1/operator/audit")
    ).json();
    const own = audit.entries.filter(({ subject }) => subject === vantage.id).map(({ action }) => action);
    expect(own).toEqual(["vantage.disable", "vantage.enrol"]);
  });
});

describe("what the log says of a failure", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each<[CallKind, Fault]>([
    ["read", "fail"],
    ["write", "break"],
  ])("is the database's own words, without the data: %s, %s", async (kind, fault) => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const registry = await createTestRegistry(`log-${kind}`);
    const vantage = await registry.enrol("v");
    once(registry, kind, fault);
    expect(await problemOf(await vantage.push([report(A)]))).toEqual(UNAVAILABLE);
    const said = JSON.stringify(log.mock.calls);
    expect(said).toMatch(kind === "read" ? /injected by the test/ : /NOT NULL constraint failed/);
    expect(said).not.toContain(vantage.id);
    expect(said).not.toContain(A);
  });
});

describe("the public reads while D1 fails", () => {
  it("are answered 503", async () => {
    const registry = await createTestRegistry("public-fault");
    registry.db.fault = () => "fail";
    for (const path of ["peers/8.8.8.8:8333", "snapshots", "snapshots/1"]) {
      expect(await problemOf(await registry.fetch(`/v1/networks/public-fault/${path}`))).toEqual(UNAVAILABLE);
    }
  });
});
