/** What must outlive a restart: when each input last gave something, so that it is not asked at every start, and which snapshot was the newest. */
import type { DatabaseSync } from "node:sqlite";
import type { Position } from "../../schema/seal.ts";
import { storeError } from "../store/database.ts";
import type { InputName } from "./input.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS input (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    answered INTEGER NOT NULL, -- Unix seconds: when it last gave an address; 0 for never
    seq INTEGER, -- of the newest snapshot taken
    expires INTEGER,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;`;

/** Kept in the crawler's database. All methods throw `StoreError` where the disk fails. */
export class InputHistory {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#guarded(() => db.exec(TABLES));
  }

  /** When the input last gave an address, Unix seconds; 0 for never. A time ahead of `now` (a clock that was set back) counts as now. */
  answered({ kind, name }: InputName, now: number): number {
    const row = this.#guarded(() => this.#db.prepare("SELECT answered FROM input WHERE kind = ? AND name = ?").get(kind, name));
    return Math.min(Number(row?.["answered"] ?? 0), now);
  }

  noteAnswer({ kind, name }: InputName, now: number): void {
    const sql = "INSERT INTO input (kind, name, answered) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET answered = excluded.answered";
    this.#guarded(() => this.#db.prepare(sql).run(kind, name, Math.floor(now)));
  }

  /** The newest snapshot taken from the input. */
  position({ kind, name }: InputName): Position | undefined {
    const row = this.#guarded(() => this.#db.prepare("SELECT seq, expires FROM input WHERE kind = ? AND name = ?").get(kind, name));
    return row?.["seq"] == null ? undefined : { seq: Number(row["seq"]), expires: Number(row["expires"]) };
  }

  notePosition({ kind, name }: InputName, { seq, expires }: Position): void {
    const sql = `INSERT INTO input (kind, name, answered, seq, expires) VALUES (?, ?, 0, ?, ?)
      ON CONFLICT DO UPDATE SET seq = excluded.seq, expires = excluded.expires`;
    this.#guarded(() => this.#db.prepare(sql).run(kind, name, seq, expires));
  }

  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw storeError(this.#db.location() ?? ":memory:", error);
    }
  }
}
