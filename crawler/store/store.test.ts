import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EMPTY_WINDOWS, updateWindows } from "../../schema/reliability.ts";
import { evidence, NOW, record } from "../engine/test-kit.ts";
import { StoreError } from "./database.ts";
import { openStore } from "./store.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "seedcast-store-"))));
afterEach(() => rmSync(folder, { recursive: true }));
const file = (): string => join(folder, "crawl.db");
const nothing = { saved: new Set<never>(), dropped: new Set<string>() };

const tested = () =>
  Object.assign(record(1), {
    everGood: true,
    heard: NOW - 5,
    attempts: 9,
    successes: 8,
    failures: 1,
    lastAttempt: NOW - 10,
    lastSuccess: NOW - 20,
    failingSince: NOW - 10,
    since: NOW - 1_000,
    harvestAt: NOW + 500,
    due: NOW + 600,
    failure: "closed" as const,
    evidence: evidence({ agent: "/日本:1/", services: "ffffffffffffffff" }),
    windows: updateWindows(updateWindows(EMPTY_WINDOWS, true, 0), false, 77),
  });

describe("openStore", () => {
  it("gives back every field of a record after a restart", () => {
    const untested = record(2);
    let store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set([tested(), untested]) });
    store.close();
    store = openStore(file(), "test");
    expect(new Map([...store.load("public", NOW)].map((each) => [each.key, each]))).toEqual(
      new Map([tested(), untested].map((each) => [each.key, each])),
    );
    store.save({ saved: new Set([record(3)]), dropped: new Set([untested.key]) });
    expect([...store.load("public", NOW)].map(({ key }) => key).sort()).toEqual([tested().key, record(3).key].sort());
    store.close();
  });

  it("writes all of a set of changes or none", () => {
    const store = openStore(file(), "test");
    const broken = Object.assign(record(2), { attempts: 1.5 });
    expect(() => store.save({ ...nothing, saved: new Set([record(1), broken]) })).toThrow();
    expect([...store.load("public", NOW)]).toEqual([]);
    store.save({ ...nothing, saved: new Set([record(1)]) });
    expect([...store.load("public", NOW)]).toHaveLength(1);
    store.close();
  });

  it("pulls times from a clock that was ahead back to now", () => {
    const store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set([tested()]) });
    const [loaded] = store.load("public", NOW - 500);
    expect(loaded).toMatchObject({ lastAttempt: NOW - 500, lastSuccess: NOW - 500, since: NOW - 1_000 });
    store.close();
  });

  it("does not trust damaged windows", () => {
    const store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set([tested()]) });
    store.db.exec("UPDATE peer SET windows = x'0102', failure = 'no-such-failure'");
    const [loaded] = store.load("public", NOW);
    expect(loaded).toMatchObject({ windows: undefined, failure: undefined });
    store.close();
  });

  it("refuses another network's file, another layout, and what is no database", () => {
    openStore(file(), "test").close();
    expect(() => openStore(file(), "other")).toThrow(StoreError);
    expect(() => openStore(file(), "other")).toThrow(/belongs to network test/);
    const store = openStore(file(), "test");
    store.db.exec("UPDATE crawl SET layout = 99");
    store.close();
    expect(() => openStore(file(), "test")).toThrow(/layout 99/);
    const text = join(folder, "text");
    writeFileSync(text, "not a database, but long enough to look like a file with something in it\n".repeat(20));
    expect(() => openStore(text, "test")).toThrow(StoreError);
    expect(() => openStore(join(folder, "missing", "crawl.db"), "test")).toThrow(StoreError);
  });

  it("shares its file with tables of others", () => {
    const store = openStore(file(), "test");
    store.db.exec("CREATE TABLE theirs (n INTEGER) STRICT");
    store.db.exec("BEGIN; INSERT INTO theirs VALUES (1); COMMIT");
    store.save({ ...nothing, saved: new Set([record(1)]) });
    expect(store.db.prepare("SELECT n FROM theirs").get()).toEqual({ n: 1 });
    store.close();
  });
});
