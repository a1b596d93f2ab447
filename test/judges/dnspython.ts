/** dnspython as a reader of messages, and as a validator of what is signed in them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PYTHON } from "../interop/tools.ts";
import type { Meaning } from "../support/dns-meaning.ts";

/** What dnspython cannot read, or does not believe. */
export interface Fault {
  readonly fault: string;
}

/** The types of a message's sets: those of which each signature is valid, and those without one. */
export interface Validated {
  readonly signed: readonly number[];
  readonly unsigned: readonly number[];
}

/** Reads every message; in order. Rejects with its words where the program fails. */
export const readByDnspython = (messages: readonly Uint8Array[]): Promise<readonly (Meaning | Fault)[]> =>
  tell("read-messages.py", [], messages);

/** Validates the signatures in every message at a time (Unix seconds), by the keys that are in the first one. */
export const validateByDnspython = (messages: readonly Uint8Array[], now: number): Promise<readonly (Validated | Fault)[]> =>
  tell("validate-messages.py", [String(now)], messages);

async function tell<T>(script: string, args: readonly string[], messages: readonly Uint8Array[]): Promise<readonly T[]> {
  const child = spawn(PYTHON, [join(import.meta.dirname, "python", script), ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const frames = messages.flatMap((message) => [Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
  child.stdin.on("error", () => undefined); // it ended early: its words say why
  child.stdin.end(Buffer.concat(frames));
  const [lines, complaint, [code]] = await said;
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}:\n${complaint}`);
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
