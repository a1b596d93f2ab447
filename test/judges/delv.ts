/** BIND's delv: each question from scratch, by the trust anchor that it is given and no other. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How many run at once. */
const AT_ONCE = 8;

export interface DelvOptions {
  /** Whom to ask and how. */
  readonly way: readonly string[];
  /** A file as `seedcast dnssec ds --format delv` writes it. */
  readonly anchor: string;
  /** The name of the zone whose anchor that is. */
  readonly root: string;
}

export interface Verdict {
  /** `success`, or what there was instead: `ncache nxrrset`, `ncache nxdomain`, `broken trust chain`. */
  readonly status: string;
  /** How it trusts what it shows: `fully_validated`, `unsigned_answer`; after `negative_response_` where that is a denial. */
  readonly trust: readonly string[];
  /** Lines of a master file; of a denial, its proof. */
  readonly records: readonly string[];
  /** All that it said. */
  readonly said: string;
}

/** Asks every question, in a process of its own and from an address of its own: the name server's rate limit is by source. */
export async function delv(
  options: DelvOptions,
  questions: readonly { readonly name: string; readonly type: string }[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const queue = questions.entries();
  const work = async (): Promise<void> => {
    for (const [i, { name, type }] of queue) verdicts[i] = await ask(options, name, type);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verdicts;
}

let sources = 0;

async function ask({ way, anchor, root }: DelvOptions, name: string, type: string): Promise<Verdict> {
  const source = `127.1.${sources++ % 256}.1`;
  const { stdout, stderr } = await run("delv", ["+yaml", ...way, "-b", source, "-a", anchor, `+root=${root}`, "-q", name, "-t", type]);
  const lines = stdout.split("\n");
  const all = (pattern: RegExp): readonly string[] => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const [status = ""] = all(/^status: (.+)$/);
  return { status, trust: all(/^ {2}- (\w+):$/), records: all(/^ {4}- '(.*)'$/), said: stdout + stderr };
}
