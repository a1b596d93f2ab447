import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "../../schema/report.ts";
import { isNews } from "./delta.ts";
import { generateKey, readKey } from "./key-file.ts";
import { createRegistryClient } from "./registry-client.ts";
import { RegistryModel, sampleReport, type Fault } from "./registry-model.ts";
import { ReportedStore } from "./reported-store.ts";
import { MAX_CONFLICTS, Synchroniser, type Step } from "./synchroniser.ts";

const EDGE = new URL("https://seed.example.org");
const GRACE = 1_800_000;
const key = await readKey(generateKey());

/** A crawler's side that can crash and lose its disk, and a registry. */
function world(refuses?: (address: string) => boolean) {
  let time = 1_790_000_000_000;
  const now = () => time;
  const registry = new RegistryModel(key.publicKey, now, refuses);
  const current = new Map<string, Report>();
  let db = new DatabaseSync(":memory:");
  const warmed: Report[][] = [];
  const reports = () => current.values();
  const onWarm = (read: readonly Report[]) => void warmed.push([...read]);
  const boot = () => {
    const store = new ReportedStore(db, "devnet", "test");
    const client = createRegistryClient("devnet", EDGE, { key, now, fetch: registry.fetch, timeout: 60_000 });
    return { store, synchroniser: new Synchroniser({ client, store, run: "run", reports, heartbeat: 60_000, grace: GRACE, now, onWarm }) };
  };
  let process = boot();
  return {
    registry,
    current,
    warmed,
    get store() {
      return process.store;
    },
    get synchroniser() {
      return process.synchroniser;
    },
    crash: () => void (process = boot()),
    loseDisk: () => {
      db = new DatabaseSync(":memory:");
      process = boot();
    },
    corrupt: (sql: string) => {
      db.exec(sql);
      process = boot();
    },
    pass: (ms: number) => void (time += ms),
    /** Steps until there is nothing to do or nothing can be done. */
    settle: async (): Promise<Step> => {
      for (let i = 0; i < 500; i++) {
        const step = await process.synchroniser.step();
        if (step.type !== "onward") return step;
      }
      throw new Error("the registry never came into step");
    },
  };
}

describe("Synchroniser", () => {
  it("says so where the clock is set back: silence would look like a crawler that died", async () => {
    const { registry, settle, pass } = world();
    await settle();
    const before = registry.seq;
    await settle();
    expect(registry.seq).toBe(before);
    pass(-3_600_000);
    await settle();
    expect(registry.seq).toBe(before + 1);
    await settle();
    expect(registry.seq).toBe(before + 1);
  });

  it("pushes what is there, then only news", async () => {
    const { registry, current, settle, pass } = world();
    for (const n of [3, 1, 2]) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`));
    expect(await settle()).toEqual({ type: "in-step" });
    expect([...registry.reports.keys()]).toEqual(["1.1.1.1:1", "1.1.1.2:1", "1.1.1.3:1"]);
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1", { height: 7, seen: 1_790_000_500 }));
    await settle();
    expect(registry.pushes).toHaveLength(1);
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1", { height: 8, state: "lapsed", reason: "refused" }));
    current.delete("1.1.1.2:1");
    await settle();
    expect(registry.pushes[1]!.changes).toEqual([current.get("1.1.1.1:1"), { address: "1.1.1.2:1", state: "gone" }]);
    pass(60_000);
    await settle();
    expect(registry.pushes[2]).toMatchObject({ changes: [], base: registry.digest, digest: registry.digest });
  });

  it("starts warm on an empty disk, and declares nothing gone before the crawler could look", async () => {
    const { registry, current, settle, loseDisk, pass, warmed } = world();
    for (let n = 0; n < 10; n++) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`));
    await settle();
    loseDisk();
    current.clear();
    current.set("1.1.1.3:1", sampleReport("1.1.1.3:1", { version: 5 }));
    await settle();
    expect(warmed.at(-1)).toHaveLength(10);
    expect(registry.reports.size).toBe(10);
    expect(registry.reports.get("1.1.1.3:1")!.version).toBe(5);
    current.clear();
    await settle();
    expect(registry.reports.has("1.1.1.3:1")).toBe(false); // it has been looked at, so its absence counts
    pass(GRACE);
    await settle();
    expect(registry.reports.size).toBe(0);
  });

  it("does not send refused addresses again", async () => {
    const { registry, current, settle, synchroniser } = world((address) => address.startsWith("10."));
    current.set("10.0.0.1:1", sampleReport("10.0.0.1:1"));
    current.set("8.8.8.8:1", sampleReport("8.8.8.8:1"));
    await settle();
    await settle();
    expect(registry.pushes).toHaveLength(1);
    expect(synchroniser.refused).toBe(1);
    expect(registry.pushes[0]!.digest).not.toBe(registry.digest);
  });

  it("learns from a conflict that a push whose reply was lost had been applied", async () => {
    const { registry, current, settle } = world();
    await settle();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    registry.faults = ["lost-reply"];
    expect(await settle()).toMatchObject({ type: "stuck", cause: "failed" });
    expect(await settle()).toEqual({ type: "in-step" });
    expect(registry.pushes.filter(({ full }) => full !== undefined)).toEqual([]);
  });

  it("re-sends its set in pages where the registry has lost it", async () => {
    const { registry, current, settle } = world();
    registry.maxChanges = 4;
    for (let n = 0; n < 10; n++) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`));
    await settle();
    registry.reports = new Map([["2.2.2.2:1", sampleReport("2.2.2.2:1")]]);
    registry.seq = 1_000;
    current.delete("1.1.1.4:1");
    expect(await settle()).toEqual({ type: "in-step" });
    expect([...registry.reports.keys()].sort()).toEqual([...current.keys()].sort());
    expect(registry.seq).toBeGreaterThan(1_000);
  });

  it("sends smaller pages where they are too large, down to one change", async () => {
    const { registry, current, settle } = world();
    for (let n = 0; n < 9; n++) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`));
    registry.maxChanges = 2;
    expect(await settle()).toEqual({ type: "in-step" });
    registry.maxChanges = 5_000;
    for (let n = 0; n < 9; n++) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`, { version: 2 }));
    await settle();
    expect(registry.pushes.at(-1)!.changes).toHaveLength(9);
    registry.maxChanges = 0;
    current.clear();
    expect(await settle()).toEqual({ type: "stuck", cause: "rejected", detail: "HTTP 413: Too many changes" });
  });

  it("leaves out reports that break the contract", async () => {
    const { registry, current, settle, synchroniser } = world();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1", { agent: "x".repeat(257) }));
    current.set("1.1.1.2:1", sampleReport("1.1.1.2:1"));
    await settle();
    expect([...registry.reports.keys()]).toEqual(["1.1.1.2:1"]);
    expect(synchroniser.invalid).toBe(1);
  });

  it.each([
    ["busy", { cause: "slow-down", wait: 7_000 }],
    ["forbidden", { cause: "forbidden", detail: "HTTP 403: Key  not enrolled" }],
    ["error", { cause: "failed", detail: "HTTP 502" }],
    ["garbage", { cause: "failed" }],
  ] as const)("stops at a fault (%s) and comes back", async (fault, stuck) => {
    const { registry, current, settle } = world();
    await settle();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    registry.faults = [fault];
    expect(await settle()).toMatchObject({ type: "stuck", ...stuck });
    expect(await settle()).toEqual({ type: "in-step" });
    expect(registry.reports.size).toBe(1);
  });

  it("gives up for now where another crawler uses the same key", async () => {
    const { registry, current, settle, store } = world();
    await settle();
    current.set("1.1.1.1:1", sampleReport("1.1.1.1:1"));
    const before = registry.urls.length;
    registry.usurped = true;
    expect(await settle()).toMatchObject({ type: "stuck", cause: "conflict" });
    expect(registry.urls.length - before).toBeLessThanOrEqual(MAX_CONFLICTS * 2);
    expect(store.position!.resync).toBeNull();
  });

  it.each(["UPDATE push_reported SET report = 'x' WHERE address = '1.1.1.1:1'", "DELETE FROM push_reported WHERE address = '1.1.1.1:1'"])(
    "heals a damaged disk: %s",
    async (sql) => {
      const { registry, current, settle, corrupt } = world();
      for (const n of [1, 2]) current.set(`1.1.1.${n}:1`, sampleReport(`1.1.1.${n}:1`));
      await settle();
      corrupt(sql);
      expect(await settle()).toEqual({ type: "in-step" });
      expect(registry.reports.size).toBe(2);
    },
  );

  it("comes into step after any mishaps", async () => {
    const fault = fc.constantFrom<Fault>(
      "lost-request",
      "lost-reply",
      "hang-before",
      "hang-after",
      "error",
      "busy",
      "garbage",
      "forbidden",
    );
    const event = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("report" as const), n: fc.nat(20), version: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const), n: fc.nat(20) }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("push" as const), faults: fc.array(fault, { maxLength: 3 }), steps: fc.nat(6) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("lose-disk" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("shrink" as const), to: fc.integer({ min: 1, max: 5 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const w = world((address) => address.startsWith("10.0.0.7:") || address.startsWith("10.0.0.9:"));
        const { registry, current } = w;
        let backup = { seq: registry.seq, reports: new Map(registry.reports) };
        for (const happening of events) {
          if (happening.do === "report")
            current.set(`10.0.0.${happening.n}:1`, sampleReport(`10.0.0.${happening.n}:1`, { version: happening.version }));
          if (happening.do === "drop") current.delete(`10.0.0.${happening.n}:1`);
          if (happening.do === "crash") w.crash();
          if (happening.do === "lose-disk") w.loseDisk();
          if (happening.do === "shrink") registry.maxChanges = happening.to;
          if (happening.do === "restore") {
            const before = backup;
            backup = { seq: registry.seq, reports: new Map(registry.reports) };
            registry.seq = before.seq;
            registry.reports = before.reports;
          }
          if (happening.do === "push") {
            registry.faults = [...happening.faults];
            for (let i = 0; i <= happening.steps; i++) {
              const hangs = registry.faults[0]?.startsWith("hang") ?? false;
              const asked = registry.urls.length;
              const step = w.synchroniser.step();
              if (!hangs) {
                await step;
                continue;
              }
              // Nothing to say, or the crawler dies while it waits for the answer.
              await Promise.race([step, until(() => registry.urls.length > asked && registry.faults.length < happening.faults.length)]);
              if (registry.urls.length > asked) w.crash();
            }
            registry.faults = [];
          }
        }
        registry.maxChanges = 5_000;
        const comeIntoStep = async (): Promise<void> => {
          for (let i = 0; i < 5 && (await w.settle()).type !== "in-step"; i++);
        };
        await comeIntoStep();
        w.pass(GRACE); // the last disk may have been lost just now
        await comeIntoStep();
        expect(await w.settle()).toEqual({ type: "in-step" });
        expect(w.store.position).toEqual({ seq: registry.seq, digest: registry.digest, resync: undefined });
        const wanted = [...current.keys()].filter((address) => !registry.refuses(address));
        expect([...registry.reports.keys()].sort()).toEqual(wanted.sort());
        for (const address of wanted) expect(isNews(registry.reports.get(address)!, current.get(address)!)).toBe(false);
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});

/** Resolves at a turn of the event loop at which the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setImmediate(resolve));
}
