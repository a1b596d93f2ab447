/**
 * What a vantage last told one registry about one network, as acknowledged, and where both stand. Kept in the crawler's database file, so
 * that a crash at any moment leaves a state from which the next push tells what became of the last one.
 */
import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { PushSchema } from "../../schema/api.ts";
import { EMPTY_DIGEST, foldDigest, ReportSchema, type Report } from "../../schema/report.ts";
import { storeError } from "../store/database.ts";
import { effectOf, type Draft } from "./delta.ts";

/** Where vantage and registry stand. `resync` is undefined while they agree; else the address up to which the set has been re-sent, null for none. */
export interface ReportedPosition {
  readonly seq: number;
  readonly digest: string;
  readonly resync?: string | null | undefined;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS push_position (
    network TEXT NOT NULL,
    registry TEXT NOT NULL,
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    resync TEXT, -- NULL: in step; '': nothing re-sent yet; else the last address re-sent
    warmed INTEGER NOT NULL, -- milliseconds: when the set was last read back from the registry; 0 for never
    pending TEXT, -- the push whose fate is not known, JSON
    PRIMARY KEY (network, registry)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS push_reported (
    network TEXT NOT NULL,
    registry TEXT NOT NULL,
    address TEXT NOT NULL,
    report TEXT NOT NULL,
    carried INTEGER NOT NULL, -- 1: read back from the registry, and the crawler has not looked at it since
    PRIMARY KEY (network, registry, address)
  ) STRICT, WITHOUT ROWID;`;

/** The reported set of one network at one registry. `registry` identifies the registry and the key: another of either starts from nothing. */
export class ReportedStore {
  readonly #db: DatabaseSync;
  readonly #scope: readonly [string, string];
  readonly #reported = new Map<string, Report>();
  readonly #carried = new Set<string>();
  #position: ReportedPosition | undefined;
  #pending: Draft | undefined;
  #warmed = 0;

  constructor(db: DatabaseSync, network: string, registry: string) {
    this.#db = db;
    this.#scope = [network, registry];
    db.exec(TABLES);
    this.#load();
  }

  /** Undefined before the first contact with this registry. */
  get position(): ReportedPosition | undefined {
    return this.#position;
  }

  get reported(): ReadonlyMap<string, Report> {
    return this.#reported;
  }

  /** The push that was sent, or about to be, and not answered. */
  get pending(): Draft | undefined {
    return this.#pending;
  }

  /** Addresses read back from the registry at which the crawler has not looked since. */
  get carried(): ReadonlySet<string> {
    return this.#carried;
  }

  /** When the set was last read back from the registry, in milliseconds; 0 for never. */
  get warmed(): number {
    return this.#warmed;
  }

  /** Takes over the registry's own account, in place of whatever was held. Asks for a re-send where reports and digest do not fit. */
  adopt(position: ReportedPosition, reports: readonly Report[], now: number): void {
    this.#atomically(() => {
      this.#db.prepare("DELETE FROM push_reported WHERE network = ? AND registry = ?").run(...this.#scope);
      this.#reported.clear();
      this.#carried.clear();
      for (const report of reports) {
        this.#put(report, 1);
        this.#carried.add(report.address);
      }
      this.#warmed = now;
      const digest = foldDigest(EMPTY_DIGEST, [], this.#reported.values());
      this.#move({ seq: position.seq, digest, resync: digest === position.digest ? undefined : null }, undefined);
    });
  }

  /** Notes a push before it is sent. */
  propose(draft: Draft): void {
    this.#atomically(() => this.#move(this.#position!, draft));
  }

  /** Forgets a push that the registry certainly did not apply, and takes over where it stands. */
  withdraw(position: ReportedPosition): void {
    this.#atomically(() => this.#move(position, undefined));
  }

  /** Applies the pending push, which the registry has applied but for the refused addresses; it stands at `seq` and, where told, at `digest`. */
  acknowledge(seq: number, digest: string | undefined, refused: ReadonlySet<string>): void {
    const draft = this.#pending!;
    const { removed, added } = effectOf(draft, this.#reported, refused);
    const ours = foldDigest(this.#position!.digest, removed, added);
    this.#atomically(() => {
      for (const { address } of removed) this.#remove(address);
      for (const report of added) this.#put(report, Number(this.#carried.has(report.address)));
      this.#move({ seq, digest: ours, resync: this.#resyncAfter(draft, ours === (digest ?? ours)) }, undefined);
    });
  }

  /** The crawler has looked at these addresses itself: from now on their absence means that they are gone. */
  settle(addresses: Iterable<string>): void {
    const settled = [...addresses].filter((address) => this.#carried.has(address));
    if (settled.length === 0) return;
    this.#atomically(() => {
      const settleOne = this.#db.prepare("UPDATE push_reported SET carried = 0 WHERE network = ? AND registry = ? AND address = ?");
      for (const address of settled) {
        settleOne.run(...this.#scope, address);
        this.#carried.delete(address);
      }
    });
  }

  #resyncAfter({ full }: Draft, agreed: boolean): string | null | undefined {
    if (full !== undefined && full.upto !== null) return full.upto;
    return agreed ? undefined : null;
  }

  #put(report: Report, carried: number): void {
    const sql =
      "INSERT INTO push_reported VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET report = excluded.report, carried = excluded.carried";
    this.#db.prepare(sql).run(...this.#scope, report.address, JSON.stringify(report), carried);
    this.#reported.set(report.address, report);
  }

  #remove(address: string): void {
    this.#db.prepare("DELETE FROM push_reported WHERE network = ? AND registry = ? AND address = ?").run(...this.#scope, address);
    this.#reported.delete(address);
  }

  #move(position: ReportedPosition, pending: Draft | undefined): void {
    const { seq, digest, resync } = position;
    this.#db
      .prepare(
        `INSERT INTO push_position VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET seq = excluded.seq, digest = excluded.digest, resync = excluded.resync, warmed = excluded.warmed, pending = excluded.pending`,
      )
      .run(
        ...this.#scope,
        seq,
        digest,
        resync === undefined ? null : (resync ?? ""),
        this.#warmed,
        pending === undefined ? null : JSON.stringify(pending),
      );
    this.#position = position;
    this.#pending = pending;
  }

  /** All of it or nothing, on disk and in memory alike. A savepoint also works inside a transaction of the crawler's own. */
  #atomically(work: () => void): void {
    this.#db.exec("SAVEPOINT push");
    try {
      work();
      this.#db.exec("RELEASE push");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO push; RELEASE push"); // a full disk has SQLite roll back by itself
      this.#load();
      throw storeError(this.#db.location() ?? "the database", error);
    }
  }

  /** Reads the tables. What does not fit together (a damaged file) costs a re-send of the full set, nothing more. */
  #load(): void {
    this.#reported.clear();
    this.#carried.clear();
    const rows = this.#db.prepare("SELECT report, carried FROM push_reported WHERE network = ? AND registry = ?").all(...this.#scope);
    for (const { report, carried } of rows) {
      const parsed = v.safeParse(ReportSchema, parseJson(report));
      if (!parsed.success) continue;
      this.#reported.set(parsed.output.address, parsed.output);
      if (carried === 1) this.#carried.add(parsed.output.address);
    }
    const row = this.#db
      .prepare("SELECT seq, digest, resync, warmed, pending FROM push_position WHERE network = ? AND registry = ?")
      .get(...this.#scope);
    this.#warmed = Number(row?.warmed ?? 0);
    this.#pending = undefined;
    this.#position = undefined;
    if (row === undefined) return;
    const digest = foldDigest(EMPTY_DIGEST, [], this.#reported.values());
    const intact = digest === row.digest;
    const pending = v.safeParse(DraftSchema, parseJson(row.pending));
    if (intact && pending.success) this.#pending = pending.output;
    const resync = row.resync === null ? undefined : String(row.resync) || null;
    this.#position = { seq: Number(row.seq), digest, resync: intact ? resync : null };
  }
}

const DraftSchema = v.omit(PushSchema, ["run"]);

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
