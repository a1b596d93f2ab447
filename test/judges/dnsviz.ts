/** DNSViz: it asks an authoritative server all that it knows to ask, and says what is wrong with the answers by a list of some two hundred mistakes. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { PYTHON } from "../interop/tools.ts";
import { scratch } from "../interop/seed.ts";
import { APEX, NAMESERVER } from "./judged-zone.ts";

const run = promisify(execFile);
const GROK = join(import.meta.dirname, "python", "dnsviz-grok.py");
/** Names of one run: what it asks about them is below what the name server answers at once to one source over UDP. */
const RUN_NAMES = 5;
/** Most of what it says, in octets. */
const MOST_OUTPUT = 16 * 1024 * 1024;

export interface Finding {
  /** Where in its report: names, types, and what of them. */
  readonly place: string;
  readonly code: string;
  readonly description: string;
}

export interface Diagnosis {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** What it thinks of answers, records, keys and signatures, by place; none unless asked for. */
  readonly statuses: ReadonlyMap<string, string>;
}

export interface DnsvizOptions {
  /** The zone's server and the child zone's, on 127.0.0.1. */
  readonly port: number;
  /** A file as `seedcast dnssec ds --format dnskey` writes it. */
  readonly anchor: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
  /** Whether to tell all statuses; its version 0.9.4 cannot of names in an unsigned child zone. */
  readonly statuses: boolean;
}

let sources = 0;

/** Asks about names, some in a run from an address of its own, and has the answers assessed. */
export async function dnsviz(undo: AsyncDisposableStack, options: DnsvizOptions): Promise<Diagnosis> {
  const found: Found = { errors: [], warnings: [], statuses: new Map() };
  const folder = scratch(undo);
  const runs: Promise<unknown>[] = [];
  for (let at = 0; at < options.names.length; at += RUN_NAMES) {
    runs.push(assess(join(folder, `${at}.json`), { ...options, names: options.names.slice(at, at + RUN_NAMES) }));
  }
  for (const report of await Promise.all(runs)) collect(report, "", found);
  return found;
}

/** The report on some names, by way of a file. */
async function assess(file: string, { port, anchor, names, types, statuses }: DnsvizOptions): Promise<unknown> {
  const servers = [APEX, `peer.${APEX}`].flatMap((zone) => ["-x", `${zone}+:${NAMESERVER}=127.0.0.1:${port}`]);
  const how = ["-4", "-A", "-E", "-b", `127.2.${sources++ % 256}.1`, "-d", "0", ...servers, "-R", types.join(), "-o", file];
  await run("dnsviz", ["probe", ...how, ...names]);
  const args = [GROK, "-r", file, "-t", anchor, "-l", statuses ? "info" : "warning"];
  const { stdout } = await run(PYTHON, args, { maxBuffer: MOST_OUTPUT });
  return stdout === "" ? undefined : JSON.parse(stdout);
}

const FindingsSchema = v.array(v.object({ code: v.string(), description: v.string() }));

interface Found {
  readonly errors: Finding[];
  readonly warnings: Finding[];
  readonly statuses: Map<string, string>;
}

/** What its members are called that list mistakes; those of a server that does not answer are in `error`. */
const LISTS: ReadonlyMap<string, "errors" | "warnings"> = new Map([
  ["errors", "errors"],
  ["error", "errors"],
  ["warnings", "warnings"],
]);

function collect(value: unknown, place: string, found: Found): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const list = LISTS.get(key);
    if (list !== undefined)
      found[list].push(...v.parse(FindingsSchema, member).map(({ code, description }) => ({ place, code, description })));
    else if (key === "status" && typeof member === "string") found.statuses.set(place, member);
    else collect(member, `${place}/${key}`, found);
  }
}
