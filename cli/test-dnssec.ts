/** For the tests: `seedcast dnssec` in this process, because dozens of processes would take half a minute. */
import { type Command, CommanderError } from "commander";
import type { Ended } from "./child.ts";
import { dnssecCommand } from "./commands/dnssec.ts";
import { CliError, EXIT } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** What the command prints and ends with. */
export async function runDnssec(args: readonly string[]): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  const note = (line: string): unknown => (text.stderr += `${line}\n`);
  const terminal: Terminal = {
    print: (line) => (text.stdout += `${line}\n`),
    note,
    progress: () => undefined,
    signal: AbortSignal.timeout(30_000),
  };
  try {
    await quiet(dnssecCommand(terminal), note).parseAsync([...args], { from: "user" });
    return { code: Number(process.exitCode ?? EXIT.ok), ...text };
  } catch (error) {
    if (error instanceof CommanderError) return { code: EXIT.usage, ...text };
    if (!(error instanceof CliError)) throw error;
    note(`${error.message}\n${error.hint ?? ""}`);
    return { code: error.exitCode, ...text };
  } finally {
    process.exitCode = undefined; // it is the command's, not the tests'
  }
}

/** Errors are thrown and texts kept, on every level. */
function quiet(command: Command, keep: (text: string) => void): Command {
  command.exitOverride().configureOutput({ writeOut: keep, writeErr: keep });
  for (const child of command.commands) quiet(child, keep);
  return command;
}
