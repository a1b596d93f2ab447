import { describe, expect, it } from "vitest";
import { keyId } from "../../schema/key.ts";
import { AuditPageSchema, EnrolledVantageSchema, VantageListSchema } from "../../schema/operator.ts";
import * as v from "valibot";
import { OPERATOR_BODY_BYTES } from "./authority.ts";
import { addresses, createTestRegistry, newKey, NOW, problemOf, report, type TestRegistry } from "./test-registry.ts";
import { AUDIT_PAGE } from "./vantage-rows.ts";

const VANTAGES = "/v1/operator/vantages";

const enrol = (registry: TestRegistry, body: unknown) => registry.signed(registry.operator, "POST", VANTAGES, { body });

async function audit(registry: TestRegistry, query = "") {
  return v.parse(AuditPageSchema, await (await registry.signed(registry.operator, "GET", `/v1/operator/audit${query}`)).json());
}

describe("the operator's API", () => {
  it("enrols a key once, then changes its limits", async () => {
    const registry = await createTestRegistry("enrolment");
    const { x: publicKey } = await newKey();
    const first = await enrol(registry, { name: "rome", publicKey, networks: ["enrolment"] });
    expect(first.status).toBe(201);
    const vantage = { id: keyId(publicKey), name: "rome", publicKey, networks: ["enrolment"], enrolled: NOW, disabled: null };
    expect(v.parse(EnrolledVantageSchema, await first.json())).toEqual(vantage);
    registry.clock.now += 10;
    const second = await enrol(registry, { name: "roma", publicKey, networks: ["enrolment"] });
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual({ ...vantage, name: "roma" });
    const { entries } = await audit(registry);
    expect(entries.slice(0, 2)).toMatchObject([
      {
        at: NOW + 10,
        actor: keyId(registry.operator.x),
        action: "vantage.limit",
        subject: vantage.id,
        detail: { name: "roma", networks: ["enrolment"] },
      },
      { at: NOW, action: "vantage.enrol", subject: vantage.id, detail: { name: "rome" } },
    ]);
  });

  it("lists vantages with where they stand", async () => {
    const registry = await createTestRegistry("listing");
    const vantage = await registry.enrol("v");
    await vantage.push([report(addresses(1)[0]!), report(addresses(2)[1]!, { state: "lapsed" })]);
    const response = await registry.signed(registry.operator, "GET", VANTAGES);
    const { vantages } = v.parse(VantageListSchema, await response.json());
    const stream = { network: "listing", run: "test", seq: 1, digest: vantage.digest, good: 1, lapsed: 1, pushed: NOW };
    expect(vantages.find(({ id }) => id === vantage.id)).toMatchObject({ name: vantage.name, disabled: null, streams: [stream] });
  });

  it("disables and enables, and notes only what changed", async () => {
    const registry = await createTestRegistry("switches");
    const vantage = await registry.enrol("v");
    const act = async (what: string) => (await registry.signed(registry.operator, "POST", `${VANTAGES}/${vantage.id}/${what}`)).json();
    expect(await act("disable")).toMatchObject({ id: vantage.id, disabled: NOW });
    registry.clock.now += 5;
    expect(await act("disable")).toMatchObject({ disabled: NOW });
    expect(await act("enable")).toMatchObject({ disabled: null });
    const { entries } = await audit(registry);
    expect(entries.filter(({ subject }) => subject === vantage.id).map(({ action }) => action)).toEqual([
      "vantage.enable",
      "vantage.disable",
      "vantage.enrol",
    ]);
  });

  it("refuses what makes no vantage", async () => {
    const registry = await createTestRegistry("no-vantage");
    const { x: publicKey } = await newKey();
    const good = { name: "oslo", publicKey, networks: ["no-vantage"] };
    const taken = await registry.enrol("v");
    for (const [body, status, slug] of [
      [{ ...good, name: "Oslo" }, 400, "bad-request"],
      [{ ...good, publicKey: "x" }, 400, "bad-request"],
      [{ ...good, networks: [] }, 400, "bad-request"],
      [{ ...good, networks: ["nowhere"] }, 400, "bad-request"],
      [{ ...good, extra: 1 }, 400, "bad-request"],
      [{ ...good, name: taken.name }, 409, "name-taken"],
      [{ ...good, publicKey: registry.operator.x }, 409, "operator-key"],
      [{ ...good, name: "x".repeat(OPERATOR_BODY_BYTES) }, 413, "too-large"],
    ] as const) {
      expect(await problemOf(await enrol(registry, body))).toEqual({ status, slug });
    }
    const unknown = await registry.signed(registry.operator, "POST", `${VANTAGES}/nobody/disable`);
    expect(await problemOf(unknown)).toEqual({ status: 404, slug: "unknown-vantage" });
  });

  it("is for operators only, and once", async () => {
    const registry = await createTestRegistry("operators-only");
    const vantage = await registry.enrol("v");
    for (const path of [VANTAGES, "/v1/operator/audit", "/v1/operator/anything"]) {
      expect(await problemOf(await registry.fetch(path))).toEqual({ status: 401, slug: "signature-missing" });
      expect(await problemOf(await registry.signed(vantage.key, "GET", path))).toEqual({ status: 401, slug: "key-unknown" });
    }
    const response = await registry.fetch(VANTAGES);
    expect(response.headers.get("accept-signature")).toContain('alg="ed25519"');
    expect(response.headers.get("www-authenticate")).not.toBeNull();
    const request = await registry.sign(registry.operator, "POST", `${VANTAGES}/${vantage.id}/disable`);
    expect((await registry.fetch(request.clone())).status).toBe(200);
    expect(await problemOf(await registry.fetch(request))).toEqual({ status: 401, slug: "signature-replayed" });
  });

  it("lets a request that changed nothing not be replayed later, when it would", async () => {
    const registry = await createTestRegistry("nothing-to-do");
    const vantage = await registry.enrol("v");
    const request = await registry.sign(registry.operator, "POST", `${VANTAGES}/${vantage.id}/enable`);
    expect((await registry.fetch(request.clone())).status).toBe(200);
    expect((await registry.signed(registry.operator, "POST", `${VANTAGES}/${vantage.id}/disable`)).status).toBe(200);
    expect(await problemOf(await registry.fetch(request))).toEqual({ status: 401, slug: "signature-replayed" });
    expect(await problemOf(await vantage.push([]))).toEqual({ status: 403, slug: "vantage-disabled" });
  });

  it("pages the audit trail", async () => {
    const registry = await createTestRegistry("trail");
    const vantage = await registry.enrol("v");
    for (let i = 0; i < AUDIT_PAGE; i++) {
      await registry.signed(registry.operator, "POST", `${VANTAGES}/${vantage.id}/${i % 2 === 0 ? "disable" : "enable"}`);
    }
    const first = await audit(registry);
    expect(first.entries).toHaveLength(AUDIT_PAGE);
    const second = await audit(registry, `?before=${first.next}`);
    expect(second.entries[0]).toMatchObject({ action: "vantage.enrol", subject: vantage.id });
    expect(await problemOf(await registry.signed(registry.operator, "GET", "/v1/operator/audit?before=x"))).toMatchObject({ status: 400 });
  });
});
