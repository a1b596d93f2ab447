/**
 * Handshakes a CPU second of the crawling process for each protocol family, every address being given and gossip small; next to those of the crawlers
 * that other projects have, on the same devnet in the same run. What a program takes to load is left out on all sides.
 */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { namespaceCommand } from "../test/interop/tools.ts";
import { nextMessage } from "./child.ts";
import type { Figure } from "./figure.ts";
import { isCommand } from "./processes.ts";

/** What the child in the namespace says. */
export interface FamilyResult {
  readonly figures: Figure[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** Why nothing can be measured here. */
export function familiesMissing(): string | undefined {
  for (const command of ["unshare", "ip"]) if (!isCommand(command)) return `${command} is not installed`;
  const [command, ...args] = [...namespaceCommand(), "true"];
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return undefined;
  } catch {
    return "this system gives no network namespaces to its users";
  }
}

/** Whatever happens to a child, the other sections go on: what could not be measured is only said. */
export async function benchFamilies(): Promise<Figure[]> {
  const [command, ...args] = [...namespaceCommand(), process.execPath, join(import.meta.dirname, "families-process.ts")];
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    const { figures, notes } = (await nextMessage(child)) as FamilyResult;
    for (const note of notes) console.log(`${note}\n`);
    return figures;
  } catch (error) {
    console.log(`Not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    return [];
  } finally {
    child.kill("SIGKILL"); // and everything in its namespace
  }
}
