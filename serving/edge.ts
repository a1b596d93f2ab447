/** Reading from the edge over HTTPS, within limits. */
import { FOLLOWING_LIMITS } from "./limits.ts";

/** The edge could not be reached, was too slow, or gave something else than was asked for. */
export class EdgeError extends Error {
  override name = "EdgeError";
}

/** One GET. Throws `EdgeError` unless the answer is 200, 304 or one of `others`. */
export async function ask(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  others: readonly number[] = [],
): Promise<Response> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FOLLOWING_LIMITS.edgeTimeoutMs)]);
  const response = await translated(fetch(url, { headers, signal: limit }));
  if (response.status === 200 || response.status === 304 || others.includes(response.status)) return response;
  await translated(response.body?.cancel() ?? Promise.resolve());
  throw new EdgeError(`the edge answered ${response.status}`);
}

/** A body of at most `most` octets. Throws `EdgeError`. */
export async function readBody(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await translated(reader.read());
    if (done) return Uint8Array.from(Buffer.concat(chunks));
    total += value.length;
    if (total > most) {
      await translated(reader.cancel());
      throw new EdgeError(`the edge sent more than ${most} octets`);
    }
    chunks.push(value);
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new EdgeError("the edge cannot be read", { cause });
  }
}
