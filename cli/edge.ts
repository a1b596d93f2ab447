/** Reads an edge's public and operator resources, and turns whatever goes wrong into words. */
import * as v from "valibot";
import { readKeyFile } from "../crawler/push/key-file.ts";
import { describeProblem } from "../crawler/push/registry-client.ts";
import { readOctets, signedFetch, TransportError, transportProblem, type Reply, type SignedRequest } from "../crawler/push/signed-fetch.ts";
import { CliError } from "./errors.ts";
import { plain } from "./terminal.ts";

/** From asking to the last octet, milliseconds. */
const TIMEOUT_MS = 30_000;
/** The largest answer read: a snapshot of 100,000 peers is about 8 MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** An answer, read whole. */
export interface Answer extends Reply {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** GETs a URL, whatever its status. Rejects with `CliError` where there is no answer, or one of more than `most` octets. */
export async function fetchAnswer(url: URL, accept: string, signal: AbortSignal, most = MAX_ANSWER_BYTES): Promise<Answer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { headers: { accept }, signal: AbortSignal.any([signal, timeout]) });
    const bytes = await readOctets(response, most);
    return { status: response.status, headers: response.headers, bytes, value: parseJson(Buffer.from(bytes).toString("utf8")) };
  } catch (error) {
    const detail = timeout.aborted
      ? `no answer within ${TIMEOUT_MS / 1_000} s`
      : error instanceof TransportError
        ? error.message
        : transportProblem(error);
    throw noAnswer(url, detail, error);
  }
}

/** Sends a request signed by an operator's key, and checks the reply's form. Rejects with `CliError` for everything but success. */
export async function askOperator<T>(
  keyFile: string,
  request: SignedRequest,
  schema: v.GenericSchema<unknown, T>,
  signal: AbortSignal,
): Promise<T> {
  const key = await readKeyFile(keyFile);
  let reply: Reply;
  try {
    reply = await signedFetch({ key, fetch, now: Date.now, timeout: TIMEOUT_MS, signal }, request);
  } catch (error) {
    if (error instanceof TransportError) throw noAnswer(request.url, error.message, error);
    throw error;
  }
  if (reply.status === 401 || reply.status === 403) {
    throw new CliError(`${request.url.origin}: ${describeProblem(reply)}`, {
      hint: `The edge must list this operator key in OPERATOR_PUBLIC_KEYS: ${key.publicKey} (id ${key.id}). Also check this machine's clock.`,
    });
  }
  return readAnswer(request.url, reply, schema);
}

/** The value of a successful answer. Throws `CliError` where it is none, or not of the form expected. */
export function readAnswer<T>(url: URL, reply: Reply, schema: v.GenericSchema<unknown, T>): T {
  if (reply.status < 200 || reply.status > 299) throw new CliError(`${url.origin}: ${plain(describeProblem(reply))}`);
  const result = v.safeParse(schema, reply.value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new CliError(`${url.origin}: the answer is not what an edge says (${v.getDotPath(issue) ?? "document"}: ${plain(issue.message)})`, {
    hint: "Is the URL that of a Seedcast edge, and of the same version as this command?",
  });
}

function noAnswer(url: URL, detail: string, cause: unknown): CliError {
  return new CliError(`${url.origin}: ${detail}`, {
    cause,
    hint: "Check the URL, and that the edge is up: its /health answers without any data.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // text, or an error page: whoever needs JSON says so
  }
}
