/** The DNSSEC keys that `npm start` signs with, from the file that `seedcast dnssec keygen` writes. */
import { readFile } from "node:fs/promises";
import { CliError } from "../cli/errors.ts";
import { KeySetError, parseKeySets } from "../workers/dnssec/keys.ts";

/** The file's text, after a check that it can sign some zone of these (with final dots). Rejects with `CliError`. */
export async function readDnssecKeys(file: string, zones: readonly string[]): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new CliError(`${file}: cannot be read`, { cause, hint: "npx seedcast dnssec keygen --help says how to make keys." });
  }
  try {
    if (parseKeySets(text).some(({ zone }) => zones.includes(zone))) return text;
  } catch (cause) {
    if (cause instanceof KeySetError) throw new CliError(`${file}: ${cause.message}`, { cause });
    throw cause;
  }
  const hint = zones.map((zone) => `npx seedcast dnssec keygen --zone ${zone} --keys ${file}`).join("\n");
  throw new CliError(`${file}: has no keys for what is served here`, { hint });
}
