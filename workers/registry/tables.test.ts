import { env } from "cloudflare:workers";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as tables from "../../schema/tables.ts";

interface ColumnInfo {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

const ALL: SQLiteTable[] = Object.values(tables);

describe("the migrations", () => {
  it.each(ALL.map((table) => [getTableConfig(table).name, table] as const))("make %s as its Drizzle table says", async (name, table) => {
    const { columns, primaryKeys } = getTableConfig(table);
    const composite = primaryKeys[0]?.columns.map((column) => column.name) ?? [];
    const { results } = await env.DB.prepare(`pragma table_info(${name})`).all<ColumnInfo>();
    expect(
      results.map(({ name: column, type, notnull, pk }) => ({ column, type: type.toLowerCase(), notNull: notnull === 1, pk })),
    ).toEqual(
      columns.map((column) => ({
        column: column.name,
        type: column.getSQLType(),
        notNull: column.notNull || column.primary,
        pk: column.primary ? 1 : composite.indexOf(column.name) + 1,
      })),
    );
  });

  it("make no table that Drizzle does not know, and all of them strict", async () => {
    const { results } = await env.DB.prepare("pragma table_list").all<{ name: string; type: string; wr: number; strict: number }>();
    const ours = results.filter(({ name }) => !name.startsWith("sqlite_") && !name.startsWith("_cf_") && name !== "d1_migrations");
    expect(ours.map(({ name }) => name).sort()).toEqual(ALL.map((table) => getTableConfig(table).name).sort());
    expect(ours.filter(({ strict }) => strict === 0)).toEqual([]);
    expect(ours.filter(({ wr }) => wr === 0).map(({ name }) => name)).toEqual(["audit"]);
  });
});
