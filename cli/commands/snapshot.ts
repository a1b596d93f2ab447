/** `seedcast snapshot verify`: checks that a list is genuine, in date, and one and the same for all and at all times. */
import { Command, Option } from "commander";
import { auditJson, describeAudit, faultsOf, problemsOf } from "../audit-report.ts";
import { auditSources } from "../chain-audit.ts";
import { limitedFetch } from "../chain-limits.ts";
import { fileSources, webSource } from "../chain-sources.ts";
import { EXIT, usageError } from "../errors.ts";
import { collect, jsonOption, networkOption, parsePublicKey } from "../options.ts";
import { readSighting, writeSighting } from "../sighting.ts";
import type { Terminal } from "../terminal.ts";

interface VerifyOptions {
  readonly key: readonly string[];
  readonly seal?: string;
  readonly seen?: string;
  readonly network?: string;
  readonly json?: true;
}

export const snapshotCommand = (terminal: Terminal): Command =>
  new Command("snapshot").description("work with signed snapshots").addCommand(verifyCommand(terminal));

const verifyCommand = (terminal: Terminal): Command =>
  new Command("verify")
    .description("check a list and the chain behind it; exit code 3 where it is not genuine, expired, rolled back, rewritten or forked")
    .argument("<source...>", "an edge, URLs of copies of its snapshot, or files with exact bytes; several are compared")
    .addOption(
      new Option("-k, --key <key…>", "public key that may have signed it; several for a chain with a rotation in it")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .option("--seen <file>", "remember the newest snapshot there, and check next time that the chain leads back to it")
    .option("--seal <file>", "for one file: the seal, as /snapshot.sig gives it (default: <source>.sig)")
    .addOption(networkOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
An edge's chain is walked back through /snapshots as far as bytes are kept; what lies further back is compared by its links, and
called a claim. A copy is one snapshot with its seal in headers, or beside it as <url>.sig.

Examples:
  seedcast snapshot verify https://seed.example.org -n navio --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --seen navio.seen
  seedcast snapshot verify https://seed.example.org https://mirror.example.net/navio.json -n navio --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
  curl -O 'https://seed.example.org/v1/networks/navio/snapshot{,.sig}'
  seedcast snapshot verify snapshot --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo`,
    )
    .action((names: readonly string[], options: VerifyOptions) => verify(names, options, terminal));

async function verify(
  names: readonly string[],
  { key: keys, seal, seen: file, network, json }: VerifyOptions,
  terminal: Terminal,
): Promise<void> {
  const [urls, files] = [names.filter(isUrl), names.filter((name) => !isUrl(name))];
  if (seal !== undefined && (files.length !== 1 || urls.length > 0)) throw usageError("--seal is for one file alone");
  const kept = file === undefined ? undefined : await readSighting(file);
  if (kept !== undefined && network !== undefined && kept.network !== network)
    throw usageError(`${file} is about ${kept.network}, not ${network}`);
  const expected = network ?? kept?.network;
  const fetch = limitedFetch(terminal.signal);
  const sources = [...urls.map((url) => webSource(new URL(url), expected, fetch)), ...(await fileSources(files, seal, urls.length === 0))];
  const now = Date.now() / 1_000;
  const audit = await auditSources(sources, { network: expected, keys, seen: kept, now, terminal });
  if (json === true) terminal.print(JSON.stringify(auditJson(audit, now)));
  else for (const line of describeAudit(audit, now)) terminal.print(line);
  for (const problem of problemsOf(audit)) terminal.note(`seedcast: ${problem}`);
  if (faultsOf(audit).length > 0) process.exitCode = EXIT.negative;
  else if (problemsOf(audit).length > 0) process.exitCode = EXIT.failure;
  else if (file !== undefined && audit.newest !== undefined) {
    const { head, digest } = audit.newest;
    await writeSighting(file, { network: audit.network, seq: head.seq, digest });
  }
}

const isUrl = (name: string): boolean => /^https?:\/\//i.test(name) && URL.canParse(name);
