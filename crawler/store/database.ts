/** Opens the crawler's database file: one network each, shared by the crawl's records and the push client's own tables. */
import { DatabaseSync } from "node:sqlite";

/** The layout of the crawl's tables. A file of another layout is refused, never guessed at. */
const LAYOUT = 1;

/** The file cannot serve this crawl: another network's, of another version, damaged, in use, or its disk fails. The message is for people. */
export class StoreError extends Error {
  override name = "StoreError";
}

/** How long to wait for another process to let go of the file, in milliseconds: one that is just ending. */
const BUSY_TIMEOUT_MS = 3_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS crawl (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    layout INTEGER NOT NULL,
    network TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS peer (
    address TEXT PRIMARY KEY,
    ever_good INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL,
    last_success INTEGER NOT NULL,
    failing_since INTEGER NOT NULL,
    since INTEGER NOT NULL,
    harvest_at INTEGER NOT NULL,
    due INTEGER NOT NULL,
    failure TEXT,
    services TEXT, -- NULL, with the version, before the first handshake
    version INTEGER,
    agent TEXT, -- NULL, as the height, where the protocol does not tell
    height INTEGER,
    windows BLOB -- fifteen little-endian doubles; NULL before the first success
  ) STRICT, WITHOUT ROWID;`;

/**
 * Opens or creates the file (or ":memory:") for a network, and keeps it for this process alone: two crawlers on one file would call every peer
 * twice. Write-ahead logging with `synchronous = NORMAL` survives a killed process whole; a power cut may cost the last seconds, never the file.
 * Throws `StoreError`.
 */
export function openDatabase(path: string, networkName: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    db.exec(TABLES);
    db.prepare("INSERT INTO crawl VALUES (1, ?, ?) ON CONFLICT DO NOTHING").run(LAYOUT, networkName);
    const row = db.prepare("SELECT layout, network FROM crawl").get();
    if (row?.["layout"] !== LAYOUT) throw new StoreError(`${path}: layout ${String(row?.["layout"])}, this version reads ${LAYOUT}`);
    if (row["network"] !== networkName) {
      throw new StoreError(`${path}: belongs to network ${String(row["network"])}, not to ${networkName}`);
    }
    return db;
  } catch (error) {
    db?.close();
    throw storeError(path, error);
  }
}

/** SQLite's primary result codes that a person can do something about (sqlite.org/rescode.html). */
const PROBLEMS: Readonly<Record<number, string>> = {
  5: "another crawler is using it", // SQLITE_BUSY
  8: "it cannot be written", // SQLITE_READONLY
  10: "the disk failed", // SQLITE_IOERR
  11: "the file is damaged", // SQLITE_CORRUPT
  13: "the disk is full", // SQLITE_FULL
  14: "it cannot be opened", // SQLITE_CANTOPEN
  26: "it is not a database", // SQLITE_NOTADB
};

/** What SQLite threw as a `StoreError` that names the file and the reason; anything else as it is. */
export function storeError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR")) return error;
  const code = "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return new StoreError(`${path}: ${PROBLEMS[code] ?? error.message}`, { cause: error });
}
