/** Judges what an edge says to hostile requests: a message, or one of the errors that the API documents. */
import { headerOf, type HttpReply } from "./http-pipeline.ts";
import { readBody, readHeader } from "./query-reader.ts";
import { faultOf, mustBeAnswered } from "./reply-judge.ts";

/** Every status that the public endpoints document and that a stranger can bring about while there is a fresh snapshot. */
export const PUBLIC_STATUSES: readonly number[] = [200, 204, 400, 404, 405, 406, 413, 414, 415];

/**
 * What the runtime's own HTTP server says, before our code is asked, to requests that are no HTTP: besides 400 and 414 too many headers,
 * and a method that no HTTP has. Before a deployed Worker stands Cloudflare's.
 */
export const PLATFORM_STATUSES: readonly number[] = [431, 501];

/** The `type` of every problem document that can come up. */
const PROBLEMS: ReadonlyMap<number, readonly string[]> = new Map([
  [400, ["bad-query", "bad-question", "ambiguous-question", "bad-parameter"]],
  [404, ["not-found", "unknown-network", "unknown-host"]],
  [405, ["method-not-allowed"]],
  [406, ["not-acceptable"]],
  [413, ["message-too-large"]],
  [414, ["uri-too-long"]],
  [415, ["unsupported-media-type"]],
]);

/** What is wrong with the answer to a wire query by sound HTTP; undefined where nothing is. */
export function wireFault(query: Uint8Array, reply: HttpReply, method: "GET" | "POST"): string | undefined {
  if (!mustBeAnswered(query, "doh")) return reply.status === 400 ? problemFault(reply) : "expected 400";
  if (reply.status !== 200) return "expected an answer";
  if (headerOf(reply, "content-type") !== "application/dns-message") return "another content type";
  if (headerOf(reply, "content-length") !== String(reply.body.length)) return "another content length";
  const lifetime = headerOf(reply, "cache-control") ?? "";
  if (method === "POST" ? lifetime !== "no-store" : !/^(?:no-store|public, max-age=\d+)$/.test(lifetime)) return "another lifetime";
  return faultOf(query, reply.body, "doh");
}

/** What is wrong with the answer to any request of sound HTTP. */
export function httpFault(method: string, reply: HttpReply): string | undefined {
  const { status, body } = reply;
  if (!PUBLIC_STATUSES.includes(status)) return "no documented status";
  if (status === 204) return method === "OPTIONS" && headerOf(reply, "allow") !== undefined ? undefined : "no preflight";
  if (method === "HEAD") return undefined;
  if (status !== 200) return isPlatforms(reply) ? undefined : problemFault(reply);
  switch (headerOf(reply, "content-type")) {
    case "application/json":
    case "application/dns-json":
      return isObject(body) ? undefined : "no JSON";
    case "application/dns-message": {
      const header = readHeader(body);
      return header !== undefined && readBody(body, header)?.left === 0 ? undefined : "no message";
    }
    default:
      return undefined; // the index page, metrics, lists as text
  }
}

/** A URL that cannot be parsed never reaches our code: the runtime says 400 itself, and hangs up. */
export const isPlatforms = (reply: HttpReply): boolean =>
  reply.status === 400 && headerOf(reply, "connection")?.toLowerCase() === "close" && reply.body.toString().includes("invalid URI");

/** What is wrong with an error; undefined where it is a documented one. */
export function problemFault(reply: HttpReply): string | undefined {
  if (headerOf(reply, "content-type") !== "application/problem+json") return "no problem document";
  if (headerOf(reply, "cache-control") !== "no-store") return "an error that would be cached";
  if (reply.status === 405 && headerOf(reply, "allow") === undefined) return "405 without Allow";
  const slug = /^\{"type":"\/problems\/([a-z-]+)",.*"status":(\d+)/.exec(reply.body.toString());
  if (!isObject(reply.body) || Number(slug?.[2]) !== reply.status) return "a problem document that contradicts its status";
  return PROBLEMS.get(reply.status)?.includes(slug?.[1] ?? "") === true ? undefined : `a problem that is not documented: ${slug?.[1]}`;
}

function isObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
