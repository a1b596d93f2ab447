/** dnspython as a reader of messages. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PYTHON } from "../interop/tools.ts";
import type { Meaning } from "../support/dns-meaning.ts";

const READER = join(import.meta.dirname, "python", "read-messages.py");

/** What dnspython cannot read. */
export interface Fault {
  readonly fault: string;
}

/** Reads every message; in order. Rejects with its words where the program fails. */
export async function readByDnspython(messages: readonly Uint8Array[]): Promise<readonly (Meaning | Fault)[]> {
  const child = spawn(PYTHON, [READER], { stdio: ["pipe", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const frames = messages.flatMap((message) => [Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
  child.stdin.on("error", () => undefined); // it ended early: its words say why
  child.stdin.end(Buffer.concat(frames));
  const [lines, complaint, [code]] = await said;
  if (code !== 0) throw new Error(`dnspython's reader ended with ${String(code)}:\n${complaint}`);
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Meaning | Fault);
}
