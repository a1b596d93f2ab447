/** One network's report resource at a registry, with every reply put into one of few outcomes. */
import * as v from "valibot";
import {
  PositionSchema,
  PushReplySchema,
  ReportedPageSchema,
  type Position,
  type Push,
  type PushReply,
  type ReportedPage,
} from "../../schema/api.ts";
import { parseRetryAfter } from "./backoff.ts";
import { signedFetch, TransportError, type Reply, type SignedFetchContext } from "./signed-fetch.ts";

/** What the registry made of a request. Only `accepted` changed anything there; after `failed` nobody knows. */
export type Outcome<Value> =
  | { readonly type: "accepted"; readonly value: Value }
  /** Out of step: where the registry stands (409). */
  | { readonly type: "conflict"; readonly position: Position }
  /** More than it takes at once (413). */
  | { readonly type: "too-large"; readonly detail: string }
  /** Too often (429); `wait` in milliseconds where it says. */
  | { readonly type: "slow-down"; readonly wait: number | undefined }
  /** The operator must act: unknown or disabled key, foreign network (401, 403, 404). */
  | { readonly type: "forbidden"; readonly status: number; readonly detail: string }
  /** Any other answer in the 400s: we sent what the registry does not understand. */
  | { readonly type: "rejected"; readonly status: number; readonly detail: string }
  /** No connection, no sense or a failure over there; `wait` in milliseconds where it says. */
  | { readonly type: "failed"; readonly detail: string; readonly wait?: number | undefined };

export interface RegistryClient {
  push(push: Push): Promise<Outcome<PushReply>>;
  /** A page of the caller's own reported set. */
  page(after: string | null): Promise<Outcome<ReportedPage>>;
}

/** The client of `/v1/networks/{network}/reports` at the edge with this base URL. */
export function createRegistryClient(network: string, edge: URL, context: SignedFetchContext): RegistryClient {
  const url = new URL(`/v1/networks/${network}/reports`, edge);
  const send = async <Value>(
    request: Parameters<typeof signedFetch>[1],
    schema: v.GenericSchema<unknown, Value>,
  ): Promise<Outcome<Value>> => {
    let reply: Reply;
    try {
      reply = await signedFetch(context, request);
    } catch (error) {
      if (error instanceof TransportError) return { type: "failed", detail: error.message };
      throw error;
    }
    return readOutcome(reply, schema, context.now());
  };
  return {
    push: (push) => send({ method: "POST", url, body: push }, PushReplySchema),
    page: (after) => {
      const pageUrl = new URL(url);
      if (after !== null) pageUrl.searchParams.set("after", after);
      return send({ method: "GET", url: pageUrl }, ReportedPageSchema);
    },
  };
}

/** Puts a reply into an outcome. `now` is Unix milliseconds, for a `Retry-After` that names a date. */
export function readOutcome<Value>(reply: Reply, schema: v.GenericSchema<unknown, Value>, now: number): Outcome<Value> {
  const { status, value, headers } = reply;
  const detail = describeProblem(reply);
  if (status === 200) {
    const parsed = v.safeParse(schema, value);
    return parsed.success
      ? { type: "accepted", value: parsed.output }
      : { type: "failed", detail: "the reply is not what a registry answers" };
  }
  if (status === 409) {
    const parsed = v.safeParse(PositionSchema, value);
    return parsed.success ? { type: "conflict", position: parsed.output } : { type: "failed", detail: "a 409 without a position" };
  }
  if (status === 413) return { type: "too-large", detail };
  if (status === 429) return { type: "slow-down", wait: parseRetryAfter(headers.get("retry-after"), now) };
  if (status === 401 || status === 403 || status === 404) return { type: "forbidden", status, detail };
  if (status >= 400 && status < 500) return { type: "rejected", status, detail };
  return { type: "failed", detail, wait: parseRetryAfter(headers.get("retry-after"), now) };
}

/** The longest text of a problem shown to the operator. */
const MAX_DETAIL_LENGTH = 300;

const ProblemSchema = v.object({ title: v.string(), detail: v.optional(v.string()) });

/** A problem document (RFC 9457) in one line for people: the status, its title and its detail. */
export function describeProblem({ status, value }: Reply): string {
  const problem = v.safeParse(ProblemSchema, value);
  if (!problem.success) return `HTTP ${status}`;
  const { title, detail } = problem.output;
  const text = `HTTP ${status}: ${title}${detail === undefined ? "" : ` (${detail})`}`;
  return text.replace(/\p{Cc}/gu, " ").slice(0, MAX_DETAIL_LENGTH); // a stranger's control characters must not reach a terminal
}
