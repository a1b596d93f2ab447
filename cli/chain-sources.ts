/** Where a chain of snapshots can be read: at an edge, as a copy on any web server, in files. */
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { describeProblem } from "../crawler/push/registry-client.ts";
import type { ChainReader } from "../schema/chain-walk.ts";
import { ChainPageSchema } from "../schema/chain.ts";
import { sealFromHeaders, SnapshotRefusedError, type SealedBytes } from "../schema/seal.ts";
import { SnapshotSealSchema } from "../schema/snapshot.ts";
import type { LimitedFetch } from "./chain-limits.ts";
import { readAnswer, type Answer } from "./edge.ts";
import { CliError, usageError } from "./errors.ts";
import { plain } from "./terminal.ts";

export interface ChainSource {
  readonly name: string;
  /** The network that its address names. */
  readonly network?: string;
  /** Whether what it has for the newest must not have expired. An archive's may. */
  readonly live: boolean;
  /** Rejects with `SnapshotRefusedError` where the source itself says that it has expired. */
  readonly newest: () => Promise<SealedBytes>;
  readonly reader: ChainReader;
}

/** Reads nothing but what it starts with. */
const NO_READER: ChainReader = { snapshot: async () => undefined, links: async () => undefined };

const NETWORK_PATH = /^\/v1\/networks\/([a-z][a-z0-9-]{0,39})(?:\/snapshots?)?$/;

/** The source at a URL: an edge by its base or by the path of a network's snapshot, else a copy. Throws `CliError`. */
export function webSource(url: URL, network: string | undefined, fetch: LimitedFetch): ChainSource {
  const named = NETWORK_PATH.exec(url.pathname)?.[1];
  if (named === undefined && url.pathname !== "/") return copySource(url, fetch);
  const served = named ?? network;
  if (served === undefined) throw usageError(`say which network of ${url.origin} with --network`);
  return edgeSource(new URL(`/v1/networks/${served}/`, url), served, fetch);
}

function edgeSource(base: URL, network: string, fetch: LimitedFetch): ChainSource {
  const get = async (path: string, absent: readonly number[]): Promise<Answer | undefined> => {
    const answer = await fetch(new URL(path, base));
    return absent.includes(answer.status) ? undefined : successful(base, answer);
  };
  return {
    name: base.origin,
    network,
    live: true,
    newest: async () => sealed(await successOf(fetch, new URL("snapshot", base))),
    reader: {
      snapshot: async (seq) => {
        const answer = await get(`snapshots/${seq}`, [404, 410]);
        return answer && sealed(answer);
      },
      links: async (seq) => {
        const answer = await get(`snapshots?before=${seq + 1}`, [404]);
        return answer && readAnswer(base, answer, ChainPageSchema).snapshots;
      },
    },
  };
}

/** A copy has the seal in headers, or beside it under its own name and `.sig`. */
function copySource(url: URL, fetch: LimitedFetch): ChainSource {
  const newest = async (): Promise<SealedBytes> => {
    const answer = await successOf(fetch, url);
    if (answer.headers.has("seedcast-signature")) return sealed(answer);
    const beside = new URL(url);
    beside.pathname += ".sig";
    return { bytes: answer.bytes, seal: (await successOf(fetch, beside)).value };
  };
  return { name: url.href, live: true, newest, reader: NO_READER };
}

const successOf = async (fetch: LimitedFetch, url: URL): Promise<Answer> => successful(url, await fetch(url));

const ExpiredSchema = v.object({ type: v.literal("/problems/snapshot-expired") });

function successful(url: URL, answer: Answer): Answer {
  if (answer.status === 200) return answer;
  if (v.is(ExpiredSchema, answer.value)) throw new SnapshotRefusedError("expired");
  throw new CliError(`${url.origin}: ${plain(describeProblem(answer))}`);
}

const sealed = ({ bytes, headers }: Answer): SealedBytes => ({ bytes, seal: sealFromHeaders((name) => headers.get(name)) });

interface SealedFile extends SealedBytes {
  readonly name: string;
}

/**
 * The chain in these files, whatever their order. Each has its seal beside it, under its own name and `.sig`; `sealFile` names it for a
 * single one. Files that contradict each other by their numbers become sources of their own, to be compared. Rejects with `CliError`.
 */
export async function fileSources(names: readonly string[], sealFile: string | undefined, live: boolean): Promise<readonly ChainSource[]> {
  const chains: Map<number, SealedFile>[] = [];
  for (const name of names) {
    const file = await readSealed(name, sealFile);
    const seal = v.safeParse(PlacedSealSchema, file.seal);
    const seq = seal.success ? seal.output.seq : NOWHERE;
    const chain = chains.find((each) => seq !== NOWHERE && !each.has(NOWHERE) && (!each.has(seq) || isSame(each.get(seq), file)));
    if (chain === undefined) chains.push(new Map([[seq, file]]));
    else chain.set(seq, file);
  }
  return chains.map((files, i) => fileSource(files, live && i === 0));
}

/** The number under which a file stands that tells none: it is judged alone. */
const NOWHERE = 0;
const PlacedSealSchema = v.object({ ...SnapshotSealSchema.entries, seq: v.pipe(v.number(), v.integer(), v.minValue(1)) });

const isSame = (one: SealedFile | undefined, other: SealedFile): boolean =>
  one !== undefined && Buffer.compare(one.bytes, other.bytes) === 0 && isDeepStrictEqual(one.seal, other.seal);

function fileSource(files: ReadonlyMap<number, SealedFile>, live: boolean): ChainSource {
  const [newest, file] = [...files].reduce((one, other) => (other[0] > one[0] ? other : one));
  return {
    name: file.name,
    live,
    newest: async () => file,
    reader: {
      snapshot: async (seq) => (seq === newest ? undefined : files.get(seq)),
      // No links at all where nothing older is there; an empty page, which is a gap, where something is.
      links: async (seq) => ([...files.keys()].some((each) => each < seq) ? [] : undefined),
    },
  };
}

async function readSealed(name: string, sealFile = `${name}.sig`): Promise<SealedFile> {
  const bytes = Uint8Array.from(await read(name));
  let seal: unknown;
  try {
    seal = JSON.parse((await read(sealFile)).toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { name, bytes, seal };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CliError(`${file}: cannot be read`, {
      cause,
      hint: "A snapshot and its seal come from /v1/networks/{network}/snapshot and /snapshot.sig. A URL begins with https:// or http://.",
    });
  }
}
