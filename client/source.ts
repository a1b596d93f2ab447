/** A source: an edge or anybody's copy of its snapshot. It is trusted with nothing, and may cost only so much time and memory. */
import { SeedcastError } from "./error.ts";
import type { SealedBytes } from "./snapshot.ts";

/** Octets of a seal at most; they are about 250. */
const MAX_SEAL_BYTES = 4_096;

/** How a source is asked. */
export interface Asking {
  readonly fetch: typeof fetch;
  /** From the first request to the last octet, milliseconds. */
  readonly timeoutMs: number;
  /** Octets of a snapshot at most. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Source {
  readonly snapshot: URL;
  /** The seal, for hosts of plain files, which cannot send it in headers. */
  readonly seal: URL;
}

/**
 * The source at a URL: an edge where it has no path (`https://seed.example.org`), else the snapshot's own address, with the seal beside
 * it under the same name and `.sig`. Throws `TypeError` for what is no web address.
 */
export function sourceOf(url: string | URL, network: string): Source {
  const given = new URL(url);
  if (given.protocol !== "https:" && given.protocol !== "http:") throw new TypeError(`${given.protocol} is not a protocol of the web`);
  const snapshot = given.pathname === "/" ? new URL(`/v1/networks/${network}/snapshot`, given) : given;
  const seal = new URL(snapshot);
  seal.pathname += ".sig";
  return { snapshot, seal };
}

/** Fetches a snapshot with its seal; undefined where it is still the one with digest `known`. Rejects with `SeedcastError`. */
export async function askSource(source: Source, known: string | undefined, asking: Asking): Promise<SealedBytes | undefined> {
  const timeout = AbortSignal.timeout(asking.timeoutMs);
  const within = { ...asking, signal: AbortSignal.any([asking.signal, timeout]) };
  try {
    if (known !== undefined && digestOf(await fetchSeal(source, within)) === known) return undefined;
    const response = await get(source.snapshot, within);
    const bytes = await readBody(response, asking.maxBytes);
    return { bytes, seal: sealOf(response.headers) ?? (await fetchSeal(source, within)) };
  } catch (cause) {
    if (cause instanceof SeedcastError) throw cause;
    throw new SeedcastError(timeout.aborted ? "timeout" : "unreachable", { cause });
  }
}

const digestOf = (seal: unknown): unknown => (typeof seal === "object" && seal !== null && "digest" in seal ? seal.digest : undefined);

/** The seal in the headers, unchecked; undefined where they have none. */
function sealOf(headers: Headers): unknown {
  const seq = headers.get("seedcast-seq");
  if (seq === null) return undefined;
  const [digest, keyid, signature] = ["digest", "key-id", "signature"].map((name) => headers.get(`seedcast-${name}`));
  return { seq: Number(seq), digest, keyid, signature };
}

async function fetchSeal(source: Source, asking: Asking): Promise<unknown> {
  const text = new TextDecoder().decode(await readBody(await get(source.seal, asking), MAX_SEAL_BYTES));
  try {
    const seal: unknown = JSON.parse(text);
    return seal;
  } catch {
    throw new SeedcastError("unsealed");
  }
}

async function get(url: URL, { fetch, signal }: Asking): Promise<Response> {
  const response = await fetch(url, { headers: { accept: "application/json" }, signal });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new SeedcastError("bad-status", { cause: new Error(`HTTP ${response.status}`) });
}

async function readBody(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader?.cancel();
      throw new SeedcastError("too-large");
    }
    chunks.push(value);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
