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
 * Asks each question once, in processes that each ask some after the others, from an address of its own: the name server's rate limit is by
 * source. A `DigError` stands in the place of what dig found fault with. `way` says whom to ask and how.
 */
export async function dig(way: readonly string[], questions: readonly Asked[]): Promise<readonly (Exchange | DigError)[]> {
  const parts = Array.from({ length: Math.ceil(questions.length / RUN_QUERIES) }, (_, i) =>
    questions.slice(i * RUN_QUERIES, (i + 1) * RUN_QUERIES),
  );
  return (await Promise.all(parts.map((part) => askPart(way, part)))).flat();
}

async function askPart(way: readonly string[], part: readonly Asked[]): Promise<readonly (Exchange | DigError)[]> {
  const lookups = part.flatMap(({ name, type, class: class_ = "IN", options }) => ["-q", name, "-t", type, "-c", class_, ...options]);
  const args = [...PLAIN, ...way, "-b", `127.0.${sources++ % 256}.1`, ...lookups];
  const { stdout } = await run("dig", args, { maxBuffer: MOST_OUTPUT }).catch(outputOf);
  const read = readDig(stdout);
  if (read.length !== part.length) throw new DigError(`${read.length} exchanges for ${part.length} questions:\n${stdout}`);
  return read;
}

let sources = 0;

/** Dig ends with an error where any of its queries failed; what it said is told query by query. */
function outputOf(error: unknown): { stdout: string } {
  if (error instanceof Error && "stdout" in error && typeof error.stdout === "string") return { stdout: error.stdout };
  throw error;
}
