import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";

const FOLDER = join(import.meta.dirname, "migrations");
const [first = "", ...later] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sql"))
  .sort();

const apply = (db: DatabaseSync, file: string): void => {
  for (const statement of readFileSync(join(FOLDER, file), "utf8").split("--> statement-breakpoint")) db.exec(statement);
};

it("leave the reports of an earlier edge as they are, with nothing said of what came later", () => {
  const db = new DatabaseSync(":memory:");
  apply(db, first);
  db.exec(`INSERT INTO reports (network, address, vantage, state, services, version, agent, height, since, seen, reliability, print)
    VALUES ('navio', '1.2.3.4:44440', 'v', 'good', '409', 70016, '/x/', 7, 1, 2, '[1,1,1,1,1]', '00ff')`);
  const before = db.prepare("SELECT * FROM reports").all();
  for (const file of later) apply(db, file);
  expect(later).not.toEqual([]);
  expect(db.prepare("SELECT * FROM reports").all()).toEqual([{ ...before[0], asn: null, country: null, coordinates: null, uptime: null }]);
});
