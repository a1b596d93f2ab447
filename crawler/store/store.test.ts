import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  it("refuses a damaged file, and says that it is", () => {
    let store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set(Array.from({ length: 2_000 }, (_, n) => record(n))) });
    store.close();
    const octets = readFileSync(file());
    octets.fill(0x55, octets.length >> 1);
    writeFileSync(file(), octets);
    store = openStore(file(), "test");
    expect(() => [...store.load("public", NOW)]).toThrow(new StoreError(`${file()}: the file is damaged`));
    store.close();
  });

  it("refuses an address that is none", () => {
    const store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set([record(1)]) });
    store.db.exec("UPDATE peer SET address = 'nonsense'");
    expect(() => [...store.load("public", NOW)]).toThrow(new StoreError(`${file()}: the file is damaged`));
    store.close();
  });

  it("refuses a file that another crawler uses", () => {
    const first = openStore(file(), "test");
    expect(() => openStore(file(), "test")).toThrow(new StoreError(`${file()}: another crawler is using it`));
    first.save({ ...nothing, saved: new Set([record(1)]) });
    first.close();
    openStore(file(), "test").close();
  });

  it("keeps what was written before the disk was full or read-only", () => {
    const store = openStore(file(), "test");
    store.save({ ...nothing, saved: new Set([record(1)]) });
    const many = { ...nothing, saved: new Set(Array.from({ length: 2_000 }, (_, n) => record(n))) };
    store.db.exec("PRAGMA max_page_count = 8");
    expect(() => store.save(many)).toThrow(new StoreError(`${file()}: the disk is full`));
    store.db.exec("PRAGMA max_page_count = 10000; PRAGMA query_only = 1");
    expect(() => store.save(many)).toThrow(new StoreError(`${file()}: it cannot be written`));
    store.db.exec("PRAGMA query_only = 0");
    expect([...store.load("public", NOW)].map(({ key }) => key)).toEqual([record(1).key]);
    store.save(many);
    expect([...store.load("public", NOW)]).toHaveLength(2_000);
    store.close();
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
