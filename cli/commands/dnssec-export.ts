/** `seedcast dnssec export`: an edge's signed zone as a master file, for tools that verify zones. */
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { BankError } from "../../schema/bank.ts";
import {
  openBankDocument,
  sealFromHeaders,
  SNAPSHOT_REFUSALS,
  SnapshotRefusedError,
  type RefusedSnapshot,
  type SealedBytes,
} from "../../schema/seal.ts";
import { openBank, type Bank } from "../../workers/dns/bank.ts";
import { masterLines, zoneRecords } from "../../workers/dns/master-file.ts";
import { describeProblem } from "../../crawler/push/registry-client.ts";
import { fetchAnswer } from "../edge.ts";
import { CliError, EXIT } from "../errors.ts";
import { collect, edgeOption, jsonOption, networkOption, parsePublicKey } from "../options.ts";
import { formatTime, plain, type Terminal } from "../terminal.ts";

interface ExportOptions {
  readonly edge: URL;
  readonly network: string;
  readonly key: readonly string[];
  readonly output?: string;
  readonly json?: true;
}

export const exportCommand = (terminal: Terminal): Command =>
  new Command("export")
    .description("write an edge's signed zone as a master file: one sample of each set, with its signatures")
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(networkOption().makeOptionMandatory())
    .addOption(
      new Option("-k, --key <key…>", "public key that may have sealed the zone, as for its snapshots; several during a rotation")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .option("-o, --output <file>", "the file to write (default: standard output)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Exit code 3 where what the edge gives must not be used. What it is goes to standard error.

Examples:
  seedcast dnssec export --edge https://seed.example.org --network navio --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --output navio.zone
  seedcast dnssec ds --zone navio.seed.example.org --format dnskey > anchor
  ldns-verify-zone -k anchor navio.zone
  dnssec-verify -o navio.seed.example.org navio.zone`,
    )
    .action(async (options: ExportOptions) => {
      const { edge, network, output, json } = options;
      const sealed = await download(new URL(`/v1/networks/${network}/bank`, edge), terminal.signal);
      const opened = await open(sealed, options, Date.now() / 1_000);
      if ("refused" in opened) {
        terminal.note(`not to be used: ${SNAPSHOT_REFUSALS[opened.refused]} (${opened.refused})`);
        process.exitCode = EXIT.negative;
        return;
      }
      const { bank, generated, expires } = opened;
      const records = zoneRecords(bank);
      const about = `${bank.zone} of ${network}, number ${bank.seq}, made ${formatTime(generated)}, expires ${formatTime(expires)}`;
      const document = { network, zone: bank.zone, seq: bank.seq, generated, expires, records };
      const lines = json === true ? [JSON.stringify(document)] : [`; ${about}`, ...masterLines(bank)];
      if (output === undefined) for (const line of lines) terminal.print(line);
      else await write(output, `${lines.join("\n")}\n`);
      terminal.note(`genuine: ${about}; ${records.length} records`);
    });

type Opened = { readonly bank: Bank; readonly generated: number; readonly expires: number } | { readonly refused: RefusedSnapshot };

const decodeText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

async function open(sealed: SealedBytes, { network, key: keys }: ExportOptions, now: number): Promise<Opened> {
  try {
    const { bank } = await openBankDocument(sealed, { network, keys, crypto: webcrypto.subtle, decodeText }, undefined, now);
    if (bank.expires <= now) return { refused: "expired" };
    return { bank: openBank(bank), generated: bank.generated, expires: bank.expires };
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return { refused: error.reason };
    if (error instanceof BankError) return { refused: "malformed" };
    throw error;
  }
}

async function download(url: URL, signal: AbortSignal): Promise<SealedBytes> {
  const answer = await fetchAnswer(url, "application/json", signal);
  if (answer.status === 200) return { bytes: answer.bytes, seal: sealFromHeaders((name) => answer.headers.get(name)) };
  const hint = answer.status === 404 ? "A zone is signed when the edge has keys for it: `seedcast dnssec keygen --help`." : undefined;
  throw new CliError(`${url.origin}: ${plain(describeProblem(answer))}`, hint === undefined ? {} : { hint });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new CliError(`${file}: cannot be written`, { cause });
  }
}
