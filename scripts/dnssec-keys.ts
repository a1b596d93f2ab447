/** The DNSSEC keys that `npm start` signs with, from the file that `seedcast dnssec keygen` writes. */
import { readFile } from "node:fs/promises";
import { CliError } from "../cli/errors.ts";
import { formatKeySets, KeySetError, parseKeySets, unsignedSet } from "../workers/dnssec/keys.ts";

/**
 * The edge's secret: the sets of the file, and that every zone of these (with final dots) which it does not name is unsigned on purpose. Without a file
 * they all are: an earlier start in the same state folder may have signed them. Rejects with `CliError`, also where the file names none of them.
 */
export async function localDnssecKeys(file: string | undefined, zones: readonly string[]): Promise<string> {
  if (file === undefined) return formatKeySets(zones.map(unsignedSet));
  const text = await readText(file);
  try {
    const sets = parseKeySets(text);
    const unnamed = zones.filter((name) => sets.every(({ zone }) => zone !== name));
    if (unnamed.length === zones.length) throw strangeFile(file, zones);
    return formatKeySets([...sets, ...unnamed.map(unsignedSet)]);
  } catch (cause) {
    throw cause instanceof KeySetError ? new CliError(`${file}: ${cause.message}`, { cause }) : cause;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CliError(`${file}: cannot be read`, { cause, hint: "npx seedcast dnssec keygen --help says how to make keys." });
  }
}

const strangeFile = (file: string, zones: readonly string[]): CliError =>
  new CliError(`${file}: has no keys for what is served here`, {
    hint: zones.map((zone) => `npx seedcast dnssec keygen --zone ${zone} --keys ${file}`).join("\n"),
  });
