/** Opens the crawler's database file: one network each, shared by the crawl's records and the push client's own tables. */
import { DatabaseSync } from "node:sqlite";

/** The layout of the crawl's tables. A file of another layout is refused, never guessed at. */
const LAYOUT = 1;

/** The file cannot serve this crawl: another network's, of another version, or no database. */
export class StoreError extends Error {
  override name = "StoreError";
}

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
    services TEXT, -- NULL, with the three below, before the first handshake
    version INTEGER,
    agent TEXT,
    height INTEGER,
    windows BLOB -- fifteen little-endian doubles; NULL before the first success
  ) STRICT, WITHOUT ROWID;`;

/**
 * Opens or creates the file (or ":memory:") for a network. Write-ahead logging with `synchronous = NORMAL` survives a killed process
 * whole; a power cut may cost the last seconds, never the file. Throws `StoreError`.
 */
export function openDatabase(path: string, networkName: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
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
    if (error instanceof StoreError || !isSqliteError(error)) throw error;
    throw new StoreError(`${path}: cannot be used as the crawler's database`, { cause: error });
  }
}

const isSqliteError = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
