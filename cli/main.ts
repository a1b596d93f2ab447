/** The `seedcast` command line: wires the commands, and turns every end into an exit code. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import * as v from "valibot";
import { SnapshotError } from "../schema/snapshot.ts";
import { KeyFileError } from "../crawler/push/key-file.ts";
import { CertificateError } from "../crawler/net/chia/certificate.ts";
import { StoreError } from "../crawler/store/database.ts";
import { checkCommand } from "./commands/check.ts";
import { conformanceCommand } from "./commands/conformance.ts";
import { crawlCommand } from "./commands/crawl.ts";
import { devnetCommand } from "./commands/devnet.ts";
import { dnssecCommand } from "./commands/dnssec.ts";
import { introducerCommand } from "./commands/introducer.ts";
import { keyCommand } from "./commands/key.ts";
import { nameserverCommand } from "./commands/nameserver.ts";
import { peersCommand } from "./commands/peers.ts";
import { snapshotCommand } from "./commands/snapshot.ts";
import { vantageCommand } from "./commands/vantage.ts";
import { keyIdsLast } from "./arguments.ts";
import { CliError, EXIT } from "./errors.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const HELP = `
Exit codes:
  0  done
  1  it could not be done
  2  the command line makes no sense
  3  done, and the answer is no (node not served, snapshot not genuine, no good peer found, a MUST broken)

Every option with an environment variable (SEEDCAST_…) can be given by it. SEEDCAST_DEBUG=1 shows where an error comes from.`;

const COMMANDS = [
  crawlCommand,
  keyCommand,
  vantageCommand,
  checkCommand,
  peersCommand,
  snapshotCommand,
  dnssecCommand,
  nameserverCommand,
  introducerCommand,
  conformanceCommand,
  devnetCommand,
];

/** The whole command line, ready to parse. */
function program(terminal: Terminal): Command {
  const root = new Command("seedcast")
    .description("Verified, random, diverse bootstrap peers for peer-to-peer networks, from the edge.")
    .version(readVersion())
    .enablePositionalOptions() // otherwise a key that begins with -V, behind a command's --key, would ask for the version
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", HELP);
  for (const command of COMMANDS) root.addCommand(command(terminal));
  strict(root);
  return root;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return v.parse(v.object({ version: v.string() }), manifest).version;
}

/** Errors are thrown rather than exited with, on every level. */
function strict(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    strict(child);
  }
}

/** Runs a command line. Resolves with the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const signal = listenForInterrupt();
  const terminal = openTerminal(signal);
  try {
    await program(terminal).parseAsync(keyIdsLast(args), { from: "user" });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said why
    if (signal.aborted) return EXIT.interrupted;
    return complain(terminal, error);
  }
}

function complain(terminal: Terminal, error: unknown): number {
  const known = [CliError, CertificateError, KeyFileError, SnapshotError, StoreError].some((kind) => error instanceof kind);
  if (process.env["SEEDCAST_DEBUG"] !== undefined && error instanceof Error) terminal.note(error.stack ?? error.message);
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(known ? `seedcast: ${message}` : `seedcast: unexpected error: ${message} (SEEDCAST_DEBUG=1 shows more)`);
  if (!(error instanceof CliError)) return EXIT.failure;
  if (error.hint !== undefined) terminal.note(error.hint);
  return error.exitCode;
}

// Whoever reads our output may stop reading (`seedcast peers | head -1`): then there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failure));
const code = await run(process.argv.slice(2));
process.stdout.write("", () => process.exit(code));
