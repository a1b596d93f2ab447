/** `seedcast dnssec rollover`: replaces a zone's keys, step by step. */
import { Argument, Command, Option } from "commander";
import { isUnsigned, type KeySet, type Role } from "../../workers/dnssec/keys.ts";
import {
  dsReplaced,
  pruned,
  PUBLISH_MARGIN,
  restartRollover,
  runningRollover,
  startRollover,
  type NewKey,
} from "../../workers/dnssec/rollover.ts";
import { keyState } from "../../workers/dnssec/schedule.ts";
import { changeKeyFile, generateZoneKey, readKeyFile, withSet } from "../dnssec-keys.ts";
import { keysOption, parseSeconds, stalenessOption, ttlOption, zoneOption } from "../dnssec-options.ts";
import { formatKeys, viewKey, viewKeys } from "../dnssec-view.ts";
import { CliError, usageError } from "../errors.ts";
import { jsonOption } from "../options.ts";
import { formatTime, type Terminal } from "../terminal.ts";

interface RolloverOptions {
  readonly zone: string;
  readonly keys: string;
  readonly staleness: number;
  readonly ttl: number;
  readonly dsReplaced?: true;
  readonly dsTtl: number;
  readonly restart?: true;
  readonly prune?: true;
  readonly json?: true;
}

export const rolloverCommand = (terminal: Terminal): Command =>
  new Command("rollover")
    .description("replace a key of a zone by a new one without any validator noticing; put the secret after each step")
    .addArgument(new Argument("[role]", "the key to replace").choices(["zsk", "ksk"]))
    .addOption(zoneOption().makeOptionMandatory())
    .addOption(keysOption())
    .addOption(stalenessOption())
    .addOption(ttlOption())
    .option("--ds-replaced", "ksk: the parent's DS points to the new key alone; plans the removal of the old one")
    .addOption(new Option("--ds-ttl <seconds>", "with --ds-replaced: the TTL of the parent's DS").argParser(parseSeconds).default(86_400))
    .option("--restart", "plan the running rollover anew from now on, because the secret was not put in time")
    .option("--prune", "drop keys that are past removal from the file")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
zsk: the new key is published now, and takes over when no edge and no cache is without it; the old one leaves when its last signature is
forgotten. ksk: the new key is published and signs the keys now; when no cache is without it, CDS and CDNSKEY tell the parent to replace the
DS; then say so with --ds-replaced. One rollover at a time. The algorithm stays: for another one, take the DS out of the parent, wait
until it is forgotten, and begin again with \`unsign\` and \`keygen\`.

Examples:
  seedcast dnssec rollover zsk --zone navio.seed.example.org
  seedcast dnssec rollover ksk --zone navio.seed.example.org
  seedcast dnssec rollover ksk --zone navio.seed.example.org --ds-replaced --ds-ttl 3600
  seedcast dnssec rollover --prune --zone navio.seed.example.org`,
    )
    .action(async (role: Role | undefined, options: RolloverOptions) => {
      const { zone, keys: file, json } = options;
      const now = Math.floor(Date.now() / 1_000);
      const step = stepOf(role, options, now);
      await readKeyFile(file); // a missing file is not to be made
      const sets = await changeKeyFile(file, (before) => {
        const set = before.find((each) => each.zone === zone);
        if (set === undefined) throw new CliError(`${file}: has no keys for ${zone}`);
        if (isUnsigned(set)) throw unsignedError(options);
        return withSet(before, step(set));
      });
      const set = sets.find((other) => other.zone === zone);
      if (set === undefined) return;
      const next = options.prune === true ? ["Put the secret when you like."] : nextSteps(set, options, now);
      if (json === true) return terminal.print(JSON.stringify({ file, zone, keys: viewKeys(set, now), next }));
      terminal.print(formatKeys(set, now));
      terminal.note(["", "Next:", ...next.map((line, i) => `  ${i + 1}. ${line}`)].join("\n"));
    });

const unsignedError = ({ zone, keys: file }: RolloverOptions): CliError =>
  new CliError(`${file}: ${zone} is unsigned on purpose, it has no keys to replace`, {
    hint: `Make keys first: seedcast dnssec keygen --zone ${zone} --keys ${file}`,
  });

/** The change that the command line asks for. */
function stepOf(role: Role | undefined, options: RolloverOptions, now: number): (set: KeySet) => KeySet {
  const { prune, restart, dsReplaced: replaced, dsTtl } = options;
  if ([prune, restart, replaced].filter((option) => option === true).length > 1) {
    throw usageError("--prune, --restart and --ds-replaced are steps of their own");
  }
  if (prune === true) {
    if (role !== undefined) throw usageError("--prune drops keys of both roles: name none");
    return (set) => pruned(set, now);
  }
  if (role === undefined) throw usageError("say which key: zsk or ksk");
  if (restart === true) return (set) => restartRollover(set, role, options, now);
  if (replaced !== true) return (set) => startRollover(set, distinctKey(set, role, now), options, now);
  if (role !== "ksk") throw usageError("--ds-replaced is a step of a ksk's rollover");
  return (set) => dsReplaced(set, dsTtl, now);
}

/** A new key of the zone's algorithm, with a tag that no other key has: one in some thousand has not. */
function distinctKey({ zone, keys }: KeySet, role: Role, now: number): NewKey {
  const algorithm = keys.find((key) => keyState(key, now) !== "removed")?.algorithm;
  if (algorithm === undefined)
    throw new CliError(`${zone}: all its keys are removed`, { hint: "Begin again with `seedcast dnssec keygen`." });
  const tags = new Set(keys.map((key) => viewKey(zone, key, now).tag));
  for (;;) {
    const key = generateZoneKey(role, algorithm);
    if (!tags.has(viewKey(zone, { ...key, publish: now, activate: now }, now).tag)) return key;
  }
}

/** What is to be done by people now. */
function nextSteps(set: KeySet, { keys: file, dsReplaced: replaced }: RolloverOptions, now: number): readonly string[] {
  const running = runningRollover(set, now);
  const put = `npx wrangler secret put DNSSEC_KEYS < ${file}`;
  if (running === undefined) return [put];
  const { role, next, old } = running;
  const removal = formatTime(Math.max(...old.map(({ remove = 0 }) => remove)));
  if (replaced === true) return [put, `Nothing more: the old ksk is removed at ${removal}.`];
  const inTime = `Before ${formatTime(now + PUBLISH_MARGIN)}: ${put}   (if that was missed: --restart)`;
  const since = formatTime(next.activate);
  if (role === "zsk") return [inTime, `Nothing more: the new zsk signs from ${since} on, the old one is removed at ${removal}.`];
  return [
    inTime,
    `From ${since} on, not before, have the parent replace its DS by: ${set.zone} IN DS ${viewKey(set.zone, next, now).ds ?? ""}   (parents that read CDS or CDNSKEY do so by themselves)`,
    `When the parent's servers all have it: seedcast dnssec rollover ksk --zone ${set.zone} --keys ${file} --ds-replaced`,
  ];
}
