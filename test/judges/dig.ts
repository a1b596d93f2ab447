/** BIND's dig: whatever bits and options a query shall have, and a reader that complains. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Asked } from "./battery.ts";
import { DigError, readDig, type Exchange } from "./dig-output.ts";

const run = promisify(execFile);

/** Queries as they are asked for: one try each, no option that was not given, all that is sent and received told. */
const PLAIN = ["+yaml", "+qr", "+tries=1", "+time=10", "+norec", "+nocookie", "+noadflag"];
/** Queries of one run: below what the name server answers at once to one source over UDP. */
const RUN_QUERIES = 60;
/** Most of what a run says, in octets. */
const MOST_OUTPUT = 16 * 1024 * 1024;

/**
 * Asks each question once, some after the other in one process, and each process from an address of its own: the name server's rate
 * limit is by source. A `DigError` stands in the place of what dig found fault with. `way` says whom to ask and how.
 */
export async function dig(way: readonly string[], questions: readonly Asked[]): Promise<readonly (Exchange | DigError)[]> {
  const exchanges: (Exchange | DigError)[] = [];
  for (let at = 0; at < questions.length; at += RUN_QUERIES) {
    const part = questions.slice(at, at + RUN_QUERIES);
    const lookups = part.flatMap(({ name, type, class: class_ = "IN", options }) => ["-q", name, "-t", type, "-c", class_, ...options]);
    const { stdout } = await run("dig", [...PLAIN, ...way, "-b", `127.0.${sources++ % 256}.1`, ...lookups], {
      maxBuffer: MOST_OUTPUT,
    }).catch(outputOf);
    const read = readDig(stdout);
    if (read.length !== part.length) throw new DigError(`${read.length} exchanges for ${part.length} questions:\n${stdout}`);
    exchanges.push(...read);
  }
  return exchanges;
}

let sources = 0;

/** Dig ends with an error where any of its queries failed; what it said is told query by query. */
function outputOf(error: unknown): { stdout: string } {
  if (error instanceof Error && "stdout" in error && typeof error.stdout === "string") return { stdout: error.stdout };
  throw error;
}
