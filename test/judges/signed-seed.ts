/** The judged seed with a signed zone, and the trust anchors that validators start from. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dsCommand } from "../../cli/commands/dnssec-ds.ts";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { formatKeySets, type Algorithm, type KeySet, type Role } from "../../workers/dnssec/keys.ts";
import { firstKeys, type NewKey, type Timing } from "../../workers/dnssec/rollover.ts";
import { scratch } from "../interop/seed.ts";
import { startJudgedSeed, type JudgedSeed } from "./judged-seed.ts";
import { APEX } from "./judged-zone.ts";

const DAY = 86_400;
/** What rollovers of the judged zones wait for: a day's staleness, and the longest TTL there. */
export const TIMING: Timing = { staleness: DAY, ttl: 3_600 };

const ANCHOR_FORMATS = ["delv", "unbound", "ds", "dnskey"] as const;

/** Files with a zone's trust anchor, as each tool wants to be told. */
export type Anchors = Readonly<Record<(typeof ANCHOR_FORMATS)[number], string>>;

export interface SignedSeed extends JudgedSeed {
  readonly anchors: Anchors;
}

/** A new key for each role. */
const newKeys = (algorithm: Algorithm): Readonly<Record<Role, NewKey>> => ({
  ksk: generateZoneKey("ksk", algorithm),
  zsk: generateZoneKey("zsk", algorithm),
});

/** A zone's first keys, in use for so long that parents have been told of them. `zone` has a final dot. */
export const settledKeys = (algorithm: Algorithm, zone = `${APEX}.`): KeySet =>
  firstKeys(zone, newKeys(algorithm), TIMING, Math.floor(Date.now() / 1_000) - 100 * DAY);

/** Starts the judged seed, its zone signed by keys of an algorithm. */
export async function startSignedSeed(undo: AsyncDisposableStack, algorithm: Algorithm): Promise<SignedSeed> {
  const keys = settledKeys(algorithm);
  const seed = await startJudgedSeed(undo, { dnssecKeys: formatKeySets([keys]) });
  return { ...seed, anchors: await writeAnchors(undo, keys) };
}

/** Writes the trust anchors of a key set by the command that operators use. */
export async function writeAnchors(undo: AsyncDisposableStack, keys: KeySet): Promise<Anchors> {
  const folder = scratch(undo);
  const secret = join(folder, "dnssec-keys.json");
  writeFileSync(secret, formatKeySets([keys]), { mode: 0o600 });
  const files = ANCHOR_FORMATS.map(async (format): Promise<[string, string]> => {
    const file = join(folder, format);
    const lines: string[] = [];
    const terminal = {
      print: (line: string) => void lines.push(`${line}\n`),
      note: () => undefined,
      progress: () => undefined,
      signal: AbortSignal.timeout(30_000),
    };
    await dsCommand(terminal).parseAsync(["--keys", secret, "--format", format], { from: "user" });
    writeFileSync(file, lines.join(""));
    return [format, file];
  });
  return Object.fromEntries(await Promise.all(files)) as Anchors;
}
