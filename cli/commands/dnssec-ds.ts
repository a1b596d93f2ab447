/** `seedcast dnssec ds`: what the parent zone, or a validator without one, has to know of a zone's keys. */
import { Command, Option } from "commander";
import { NetworkListSchema } from "../../schema/listing.ts";
import { DNSKEY_TTL } from "../../workers/dnssec/dnskey.ts";
import { isUnsigned, type KeySet } from "../../workers/dnssec/keys.ts";
import { readKeyFile } from "../dnssec-keys.ts";
import { keysOption, zoneOption } from "../dnssec-options.ts";
import { formatKeys, viewKeys, type KeyView } from "../dnssec-view.ts";
import { fetchAnswer, readAnswer } from "../edge.ts";
import { CliError, EXIT } from "../errors.ts";
import { jsonOption, parseEdge } from "../options.ts";
import { formatTime, type Terminal } from "../terminal.ts";

const FORMATS = ["ds", "dnskey", "delv", "unbound"] as const;
type Format = (typeof FORMATS)[number];

interface DsOptions {
  readonly keys: string;
  readonly zone?: string;
  readonly format: Format;
  readonly edge?: URL;
  readonly json?: true;
}

export const dsCommand = (terminal: Terminal): Command =>
  new Command("ds")
    .description("show the DS records to hand to the parent zone, or trust anchors for validators, and what each key does now")
    .addOption(keysOption())
    .addOption(zoneOption())
    .addOption(
      new Option("--format <format>", "ds and dnskey: records; delv and unbound: a trust anchor for their configuration")
        .choices(FORMATS)
        .default("ds"),
    )
    // Not from the environment: who has keys on a machine without a network wants no surprise.
    .addOption(new Option("--edge <url>", "also look whether this edge serves the zones that the file names").argParser(parseEdge))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Records go to standard output, the state of the keys to standard error. Exit code 3 where there is none to show, because all these zones are
unsigned on purpose.

Examples:
  seedcast dnssec ds --keys dnssec-keys.json
  seedcast dnssec ds --edge https://seed.example.org
  seedcast dnssec ds --zone navio.seed.example.org --format delv > anchor.conf
  delv -a anchor.conf +root=navio.seed.example.org @ns1.example.org navio.seed.example.org A`,
    )
    .action(async ({ keys: file, zone, format, edge, json }: DsOptions) => {
      const now = Math.floor(Date.now() / 1_000);
      const all = await readKeyFile(file);
      const sets = zone === undefined ? all : all.filter((set) => set.zone === zone);
      if (sets.length === 0) throw new CliError(`${file}: has no keys${zone === undefined ? "" : ` for ${zone}`}`);
      const served = edge && (await servedZones(edge, terminal.signal));
      const bare = sets.every(isUnsigned);
      if (bare) process.exitCode = EXIT.negative;
      if (json === true) {
        const view = (set: KeySet) => ({ zone: set.zone, keys: viewKeys(set, now), ...(served && { served: served.has(set.zone) }) });
        return terminal.print(JSON.stringify(sets.map(view)));
      }
      if (!bare) for (const line of TEXTS[format](sets.flatMap((set) => anchorsOf(set, now)))) terminal.print(line);
      for (const set of sets) terminal.note(`\n${formatKeys(set, now)}`);
      if (edge === undefined || served === undefined) return;
      for (const { zone: name } of sets) {
        if (!served.has(name))
          terminal.note(`\n${name} is not served by ${edge.origin}: no zone there goes by this set. Is the name misspelt?`);
      }
    });

/** The apexes of the zones that an edge serves. Rejects with `CliError`. */
async function servedZones(edge: URL, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const url = new URL("/v1/networks", edge);
  const { networks } = readAnswer(url, await fetchAnswer(url, "application/json", signal), NetworkListSchema);
  return new Set(networks.map(({ zone }) => zone.name));
}

/** A key signing key that is not removed: during a rollover a zone has two. */
interface Anchor {
  readonly zone: string;
  readonly view: KeyView;
}

const anchorsOf = (set: KeySet, now: number): readonly Anchor[] =>
  viewKeys(set, now).flatMap((view) => (view.role === "ksk" && view.state !== "removed" ? [{ zone: set.zone, view }] : []));

/** How each tool wants to be told. */
const TEXTS: Readonly<Record<Format, (anchors: readonly Anchor[]) => readonly string[]>> = {
  ds: (anchors) => anchors.map((anchor) => `${dsRecord(anchor)} ; ${when(anchor.view)}`),
  dnskey: (anchors) => anchors.map(({ zone, view }) => `${zone} ${DNSKEY_TTL} IN DNSKEY ${view.dnskey} ; tag ${view.tag}`),
  delv: (anchors) => ["trust-anchors {", ...anchors.map(({ zone, view }) => `  "${zone}" static-key ${quoteLast(view.dnskey)};`), "};"],
  unbound: (anchors) => ["server:", ...anchors.map((anchor) => `  trust-anchor: "${dsRecord(anchor)}"`)],
};

const dsRecord = ({ zone, view }: Anchor): string => `${zone} IN DS ${view.ds ?? ""}`;

const quoteLast = (dnskey: string): string => dnskey.replace(/\S+$/, '"$&"');

/** When the parent is to have a key's DS. */
function when({ state, activate, retire }: KeyView): string {
  if (state === "waiting" || state === "published") return `at the parent from ${formatTime(activate)} on, not before`;
  if (state === "retired") return "to be replaced at the parent";
  return retire === undefined ? "at the parent now" : `at the parent until ${formatTime(retire)}`;
}
