/** `seedcast dnssec keygen`: the first keys of a zone. */
import { Command, InvalidArgumentError, Option } from "commander";
import { ALGORITHM, isUnsigned, KeySetError, type Algorithm } from "../../workers/dnssec/keys.ts";
import { firstKeys, PUBLISH_MARGIN } from "../../workers/dnssec/rollover.ts";
import { changeKeyFile, generateZoneKey, withSet } from "../dnssec-keys.ts";
import { keysOption, stalenessOption, ttlOption, zoneOption } from "../dnssec-options.ts";
import { formatKeys, viewKeys } from "../dnssec-view.ts";
import { jsonOption } from "../options.ts";
import { formatTime, type Terminal } from "../terminal.ts";

interface KeygenOptions {
  readonly zone: string;
  readonly algorithm: Algorithm;
  readonly keys: string;
  readonly staleness: number;
  readonly ttl: number;
  readonly json?: true;
}

export const keygenCommand = (terminal: Terminal): Command =>
  new Command("keygen")
    .description("make the first keys of a zone: one that signs the zone, and one that signs the keys and that the parent points to")
    .addOption(zoneOption().makeOptionMandatory())
    .addOption(
      new Option("--algorithm <number>", "13 (ECDSA P-256, which every validator knows) or 15 (Ed25519)")
        .argParser(parseAlgorithm)
        .default(ALGORITHM.ecdsaP256),
    )
    .addOption(keysOption())
    .addOption(stalenessOption())
    .addOption(ttlOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The file is made, or gets the zone added; a key in it is never overwritten. A zone that is unsigned on purpose there gets keys again.

Examples:
  seedcast dnssec keygen --zone navio.seed.example.org
  npx wrangler secret put DNSSEC_KEYS < dnssec-keys.json`,
    )
    .action(async ({ zone, algorithm, keys: file, staleness, ttl, json }: KeygenOptions) => {
      const now = Math.floor(Date.now() / 1_000);
      const sets = await changeKeyFile(file, (before) => {
        if (before.some((set) => set.zone === zone && !isUnsigned(set))) {
          throw new KeySetError(`${zone} has keys; new ones, of the same algorithm, take over by \`seedcast dnssec rollover\``);
        }
        const pair = { ksk: generateZoneKey("ksk", algorithm), zsk: generateZoneKey("zsk", algorithm) };
        return withSet(before, firstKeys(zone, pair, { staleness, ttl }, now));
      });
      const made = sets.filter((set) => set.zone === zone);
      if (json === true) terminal.print(JSON.stringify({ file, zone, keys: made.flatMap((set) => viewKeys(set, now)) }));
      else for (const set of made) terminal.print(formatKeys(set, now));
      const announced = Math.max(...made.flatMap(({ keys }) => keys.map(({ activate }) => activate)));
      terminal.note(`
Next:
  1. Before ${formatTime(now + PUBLISH_MARGIN)}: npx wrangler secret put DNSSEC_KEYS < ${file}
  2. From ${formatTime(announced)} on, once the zone is seen signed: seedcast dnssec ds --keys ${file} --zone ${zone}
     and hand the DS to the parent zone. Before that, edges and caches may still have unsigned answers.
Whoever has the file can sign the zone: keep it where only you can read it.`);
    });

function parseAlgorithm(text: string): Algorithm {
  const algorithm = Object.values(ALGORITHM).find((number) => String(number) === text);
  if (algorithm === undefined) throw new InvalidArgumentError("Expected 13 (ECDSA P-256) or 15 (Ed25519).");
  return algorithm;
}
