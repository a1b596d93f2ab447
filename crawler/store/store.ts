/** The crawl's memory on disk: every known address with its history. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { AddressError, parseAddress } from "../../schema/address.ts";
import type { AddressScope } from "../../schema/routable.ts";
import { restoreWindows, type Windows } from "../../schema/reliability.ts";
import { PROBE_FAILURES, type ProbeFailure } from "../../schema/report.ts";
import type { Changes } from "../engine/ledger.ts";
import { newRecord, type PeerRecord } from "../engine/record.ts";
import { openDatabase, storeError, StoreError } from "./database.ts";

export interface Store {
  /** The open database, for the push client's own tables. Closed by `close`. */
  readonly db: DatabaseSync;
  /** Every record of the file. Times in the future (a clock set back) are pulled to `now`, Unix seconds. Throws `StoreError` for a damaged file. */
  load(scope: AddressScope, now: number): Generator<PeerRecord, void, undefined>;
  /** Writes changes in one transaction: all of them or none. Throws `StoreError` where the disk will not take them. */
  save(changes: Changes): void;
  close(): void;
}

const COLUMNS = (
  "address ever_good heard attempts successes failures last_attempt last_success failing_since since " +
  "harvest_at due failure services version agent height windows"
).split(" ");
const UPSERT = `INSERT INTO peer (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`;

/** Opens the store of a network at `path`, or in memory for ":memory:". Throws `StoreError` for a file that is not its. */
export function openStore(path: string, networkName: string): Store {
  const db = openDatabase(path, networkName);
  const upsert = db.prepare(UPSERT);
  const remove = db.prepare("DELETE FROM peer WHERE address = ?");
  return {
    db,
    *load(scope, now) {
      try {
        for (const row of db.prepare("SELECT * FROM peer").iterate()) yield toRecord(row, scope, now);
      } catch (error) {
        if (error instanceof AddressError) throw new StoreError(`${path}: the file is damaged`, { cause: error });
        throw storeError(path, error);
      }
    },
    save({ saved, dropped }) {
      if (saved.size + dropped.size === 0) return;
      try {
        db.exec("BEGIN IMMEDIATE");
        for (const key of dropped) remove.run(key);
        for (const record of saved) upsert.run(...toRow(record));
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK"); // a full disk has SQLite roll back by itself
        throw storeError(path, error);
      }
    },
    close: () => db.close(),
  };
}

function toRow(record: PeerRecord): (string | number | null | Uint8Array)[] {
  const { evidence } = record;
  return [
    record.key,
    Number(record.everGood),
    Math.floor(record.heard),
    record.attempts,
    record.successes,
    record.failures,
    record.lastAttempt,
    record.lastSuccess,
    record.failingSince,
    record.since,
    record.harvestAt,
    Math.ceil(record.due),
    record.failure ?? null,
    evidence?.services ?? null,
    evidence?.version ?? null,
    evidence?.agent ?? null,
    evidence?.height ?? null,
    record.windows === undefined ? null : packWindows(record.windows),
  ];
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toRecord(row: Row, scope: AddressScope, now: number): PeerRecord {
  const count = (column: string): number => Number(row[column]);
  const time = (column: string): number => Math.min(count(column), Math.floor(now));
  const { failure, services, version, agent, height, windows } = row;
  return Object.assign(newRecord(parseAddress(String(row["address"])), scope, now), {
    everGood: row["ever_good"] === 1,
    heard: time("heard"),
    attempts: count("attempts"),
    successes: count("successes"),
    failures: count("failures"),
    lastAttempt: time("last_attempt"),
    lastSuccess: time("last_success"),
    failingSince: time("failing_since"),
    since: time("since"),
    harvestAt: count("harvest_at"),
    due: count("due"),
    failure: toFailure(failure),
    evidence:
      services == null
        ? undefined
        : {
            services: String(services),
            version: Number(version),
            ...(agent != null && { agent: String(agent) }),
            ...(height != null && { height: Number(height) }),
          },
    windows: windows instanceof Uint8Array ? unpackWindows(windows) : undefined,
  });
}

/** A failure of a later version's vocabulary is kept as unknown. */
const toFailure = (value: unknown): ProbeFailure | undefined => PROBE_FAILURES.find((failure) => failure === value);

function packWindows(windows: Windows): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * windows.length));
  for (const [i, value] of windows.entries()) view.setFloat64(8 * i, value, true);
  return new Uint8Array(view.buffer);
}

function unpackWindows(bytes: Uint8Array): Windows | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: bytes.length >> 3 }, (_, i) => view.getFloat64(8 * i, true));
  return restoreWindows(values);
}
