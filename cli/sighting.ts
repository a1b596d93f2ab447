/** The file of `--seen`: what the last audit saw, so that the next can tell whether it is still so. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import * as v from "valibot";
import type { Sighting } from "../schema/chain-audit.ts";
import { NetworkNameSchema } from "../schema/network.ts";
import { CliError } from "./errors.ts";
import { readJson } from "./files.ts";

const SightingSchema = v.object({
  network: NetworkNameSchema,
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 digest as hex")),
});
export type KeptSighting = Sighting & { readonly network: string };

/** What the file says; undefined where there is none yet. Rejects with `CliError`. */
export async function readSighting(file: string): Promise<KeptSighting | undefined> {
  if (!existsSync(file)) return undefined;
  const result = v.safeParse(SightingSchema, await readJson(file));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new CliError(`${file}: is no file of --seen (${v.getDotPath(issue) ?? "document"}: ${issue.message})`);
}

/** Replaces the file, whole or not at all. Rejects with `CliError`. */
export async function writeSighting(file: string, { network, seq, digest }: KeptSighting): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify({ network, seq, digest })}\n`);
    await rename(draft, file);
  } catch (cause) {
    throw new CliError(`${file}: cannot be written`, { cause });
  }
}
