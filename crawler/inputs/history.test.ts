import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { StoreError } from "../store/database.ts";
import { InputHistory } from "./history.ts";
import type { InputName } from "./input.ts";

const NOW = 1_800_000_000;
const SEED: InputName = { kind: "dns", name: "seed.example" };
const EDGE: InputName = { kind: "snapshot", name: "https://seed.example/" };

describe("InputHistory", () => {
  it("remembers answers and snapshots across a restart, each input's its own", () => {
    const db = new DatabaseSync(":memory:");
    const before = new InputHistory(db);
    before.noteAnswer(SEED, NOW - 60.5);
    before.noteAnswer(SEED, NOW - 30.5);
    before.notePosition(EDGE, { seq: 7, expires: NOW + 60 });
    before.notePosition(EDGE, { seq: 8, expires: NOW + 120 });
    const after = new InputHistory(db);
    expect(after.answered(SEED, NOW)).toBe(NOW - 31);
    expect(after.answered(EDGE, NOW)).toBe(0);
    expect(after.answered({ ...SEED, kind: "https" }, NOW)).toBe(0);
    expect(after.position(EDGE)).toEqual({ seq: 8, expires: NOW + 120 });
    expect(after.position(SEED)).toBeUndefined();
    after.noteAnswer(EDGE, NOW);
    expect(after.position(EDGE)).toEqual({ seq: 8, expires: NOW + 120 });
  });

  it("does not believe a clock that was ahead", () => {
    const history = new InputHistory(new DatabaseSync(":memory:"));
    history.noteAnswer(SEED, NOW + 86_400);
    expect(history.answered(SEED, NOW)).toBe(NOW);
  });

  it("says so where the disk fails", () => {
    const db = new DatabaseSync(":memory:");
    const history = new InputHistory(db);
    db.exec("DROP TABLE input");
    expect(() => history.noteAnswer(SEED, NOW)).toThrow(StoreError);
  });
});
