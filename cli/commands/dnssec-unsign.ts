/** `seedcast dnssec unsign`: says that a zone is to go out unsigned, which nothing else does to a signed one. */
import { Command, Option } from "commander";
import { unsignedSet } from "../../workers/dnssec/keys.ts";
import { changeKeyFile, withSet } from "../dnssec-keys.ts";
import { keysOption, parseSeconds, zoneOption } from "../dnssec-options.ts";
import { formatKeys } from "../dnssec-view.ts";
import { usageError } from "../errors.ts";
import { jsonOption } from "../options.ts";
import { formatTime, type Terminal } from "../terminal.ts";

interface UnsignOptions {
  readonly zone: string;
  readonly keys: string;
  readonly dsRemoved?: true;
  readonly dsTtl: number;
  readonly json?: true;
}

export const unsignCommand = (terminal: Terminal): Command =>
  new Command("unsign")
    .description("stop signing a zone, once its parent has no DS for it; its keys leave the file for good")
    .addOption(zoneOption().makeOptionMandatory())
    .addOption(keysOption())
    .option("--ds-removed", "the parent's DS is gone, and forgotten by caches; without this nothing is changed")
    .addOption(new Option("--ds-ttl <seconds>", "the TTL that the parent's DS had").argParser(parseSeconds).default(86_400))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
A zone that went out signed is published unsigned only where the secret says so: by a set without keys, which this writes. Where the secret
just lacks the zone, what is out stays out. Without --ds-removed it says the steps, and ends with 2.

Examples:
  seedcast dnssec unsign --zone navio.seed.example.org --ds-ttl 3600
  seedcast dnssec unsign --zone navio.seed.example.org --ds-ttl 3600 --ds-removed
  npx wrangler secret put DNSSEC_KEYS < dnssec-keys.json`,
    )
    .action(async (options: UnsignOptions) => {
      const { zone, keys: file, dsRemoved, json } = options;
      const forgotten = formatTime(Math.floor(Date.now() / 1_000) + options.dsTtl);
      if (dsRemoved !== true) {
        throw usageError(
          `${zone} stays as it is without --ds-removed: while its parent has a DS, unsigned answers are bogus for whoever validates`,
          numbered("To unsign it:", stepsBefore(options, forgotten)),
        );
      }
      let dropped = 0;
      await changeKeyFile(file, (before) => {
        dropped = before.find((set) => set.zone === zone)?.keys.length ?? 0;
        return withSet(before, unsignedSet(zone));
      });
      const next = stepsAfter(options, forgotten);
      if (json === true) return terminal.print(JSON.stringify({ file, zone, keys: [], dropped, next }));
      terminal.print(formatKeys(unsignedSet(zone), 0));
      terminal.note(`\n${numbered("Next:", next)}\n${whatIsGone(options, dropped)}`);
    });

/** `forgotten` is when no cache has the DS any more, were it taken out now. */
const stepsBefore = ({ zone, keys: file, dsTtl }: UnsignOptions, forgotten: string): readonly string[] => [
  "Have the parent take out its DS, and read no CDS and CDNSKEY of the zone meanwhile: by these it might put the DS back.",
  `When none of the parent's servers has it any more, wait for its TTL of ${dsTtl} s (--ds-ttl): until ${forgotten}, were it gone now.`,
  `seedcast dnssec unsign --zone ${zone} --keys ${file} --ds-removed`,
  put(file),
];

const stepsAfter = ({ zone, keys: file, dsTtl }: UnsignOptions, forgotten: string): readonly string[] => [
  `When the DS has been gone for its TTL of ${dsTtl} s, not before (from ${forgotten} on, were it gone only now): ${put(file)}`,
  `Nothing more: the next publication is unsigned. To sign the zone again, make new keys: seedcast dnssec keygen --zone ${zone} --keys ${file}`,
];

const put = (file: string): string => `npx wrangler secret put DNSSEC_KEYS < ${file}`;

const whatIsGone = ({ zone, keys: file }: UnsignOptions, dropped: number): string =>
  dropped === 0
    ? `${file} had no keys for ${zone}: if it should have, look whether file and zone are the right ones.`
    : `The ${dropped} private keys of ${zone} are gone from ${file}: nothing can sign by them again but a copy.`;

const numbered = (title: string, lines: readonly string[]): string => [title, ...lines.map((line, i) => `  ${i + 1}. ${line}`)].join("\n");
