/** `seedcast snapshot verify`: checks that a snapshot is genuine, complete and in date. */
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import * as v from "valibot";
import { decodeSnapshot, SnapshotError, SnapshotSealSchema } from "../../schema/snapshot.ts";
import {
  freshnessAt,
  openSnapshot,
  sealFromHeaders,
  SNAPSHOT_REFUSALS,
  SnapshotRefusedError,
  type RefusedSnapshot,
  type SealedBytes,
} from "../../schema/seal.ts";
import { describeProblem } from "../../crawler/push/registry-client.ts";
import { fetchAnswer } from "../edge.ts";
import { CliError, EXIT } from "../errors.ts";
import { collect, jsonOption, networkOption, parsePublicKey } from "../options.ts";
import { formatTime, plain, type Terminal } from "../terminal.ts";

interface VerifyOptions {
  readonly key: readonly string[];
  readonly seal?: string;
  readonly network?: string;
  readonly json?: true;
}

export const snapshotCommand = (terminal: Terminal): Command =>
  new Command("snapshot").description("work with signed snapshots").addCommand(verifyCommand(terminal));

const verifyCommand = (terminal: Terminal): Command =>
  new Command("verify")
    .description("check digest, signature and expiry of a snapshot; exit code 3 where it must not be used")
    .argument("<source>", "URL of a snapshot, or a file with its exact bytes")
    .addOption(
      new Option("-k, --key <key…>", "public key that may have signed it; several during a rotation")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .option("--seal <file>", "for a file: the seal, as /snapshot.sig gives it (default: <source>.sig)")
    .addOption(networkOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast snapshot verify https://seed.example.org/v1/networks/navio/snapshot --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
  curl -O https://seed.example.org/v1/networks/navio/snapshot{,.sig}
  seedcast snapshot verify snapshot --seal snapshot.sig --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo`,
    )
    .action(async (source: string, options: VerifyOptions) => {
      const sealed = /^https?:\/\//.test(source) ? await download(new URL(source), terminal.signal) : await readFiles(source, options.seal);
      const verification = await verify(sealed, options, Date.now() / 1_000);
      if (options.json === true) terminal.print(JSON.stringify(verification));
      else for (const line of describe(verification)) terminal.print(line);
      if (!verification.genuine) process.exitCode = EXIT.negative;
    });

type Verification =
  | {
      genuine: true;
      network: string;
      seq: number;
      peers: number;
      generated: number;
      expires: number;
      freshness: string;
      digest: string;
      keyid: string;
    }
  | { genuine: false; reason: RefusedSnapshot };

async function verify(sealed: SealedBytes, { key: keys, network }: VerifyOptions, now: number): Promise<Verification> {
  const trust = { network: network ?? statedNetwork(decodeText(sealed.bytes)), keys, crypto: webcrypto.subtle, decodeText };
  try {
    const { snapshot, seal } = await openSnapshot(sealed, trust, undefined, now);
    const { seq, peers, generated, expires } = snapshot;
    return {
      genuine: true,
      network: snapshot.network,
      seq,
      peers: peers.length,
      generated,
      expires,
      freshness: freshnessAt(snapshot, now),
      digest: seal.digest,
      keyid: seal.keyid,
    };
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return { genuine: false, reason: error.reason };
    throw error;
  }
}

const decodeText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** The network the bytes claim, where the user expects none in particular. */
function statedNetwork(text: string): string {
  try {
    return decodeSnapshot(text).network;
  } catch (error) {
    if (error instanceof SnapshotError) return "";
    throw error;
  }
}

function describe(verification: Verification): string[] {
  if (!verification.genuine) return [`not to be used: ${SNAPSHOT_REFUSALS[verification.reason]} (${verification.reason})`];
  const { network, seq, peers, generated, expires, freshness, digest, keyid } = verification;
  return [
    `genuine: snapshot ${seq} of ${plain(network)} with ${peers} peers, ${freshness}`,
    `generated  ${formatTime(generated)}`,
    `expires    ${formatTime(expires)}`,
    `digest     ${digest}`,
    `key id     ${keyid}`,
  ];
}

async function download(url: URL, signal: AbortSignal): Promise<SealedBytes> {
  const answer = await fetchAnswer(url, "application/json", signal);
  if (answer.status !== 200) throw new CliError(`${url.origin}: ${plain(describeProblem(answer))}`);
  return { bytes: answer.bytes, seal: sealFromHeaders((name) => answer.headers.get(name)) };
}

async function readFiles(file: string, sealFile = `${file}.sig`): Promise<SealedBytes> {
  const bytes = Uint8Array.from(await read(file));
  let seal: unknown;
  try {
    seal = JSON.parse((await read(sealFile)).toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { bytes, seal: v.is(SnapshotSealSchema, seal) ? seal : undefined };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CliError(`${file}: cannot be read`, {
      cause,
      hint: "A snapshot and its seal come from /v1/networks/{network}/snapshot and /snapshot.sig.",
    });
  }
}
