/** Refusals of the authenticated API: thrown where they are found, answered as problem documents in one place. */
import { SignatureError } from "../../schema/http-signature.ts";
import { problem } from "../problem.ts";
import { reasonOf, StoreError } from "./database.ts";

/** How many seconds a caller should wait while the database is away. */
export const UNAVAILABLE_RETRY_SECONDS = 5;

/** The way to sign, for whoever did not (RFC 9421 §5.1). */
const UNAUTHORIZED = {
  "www-authenticate": 'Signature realm="seedcast"',
  "accept-signature": 'sig=("@method" "@target-uri" "content-digest");created;nonce;keyid;alg="ed25519"',
};

/** A request that is not done; `slug` ends the stable problem type. */
export class RefusalError extends Error {
  override name = "RefusalError";
  readonly response: () => Response;
  constructor(status: number, slug: string, title: string, options: RefusalOptions = {}) {
    super(title);
    const { detail, retryAfter, extensions } = options;
    const headers = {
      ...(status === 401 ? UNAUTHORIZED : {}),
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    };
    this.response = () => problem(status, slug, title, detail, headers, extensions);
  }
}

interface RefusalOptions {
  readonly detail?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Further members of the problem document. */
  readonly extensions?: object;
}

export const replayed = (): RefusalError => new RefusalError(401, "signature-replayed", "This signed request was accepted before");

const unavailable = (): RefusalError =>
  new RefusalError(503, "registry-unavailable", "The registry's database does not answer; nothing was changed", {
    retryAfter: UNAVAILABLE_RETRY_SECONDS,
  });

export const badRequest = (detail: string): RefusalError =>
  new RefusalError(400, "bad-request", "The request is not understood", { detail });

export const tooLarge = (title: string, detail: string): RefusalError => new RefusalError(413, "too-large", title, { detail });

/** The answer to a method that the resource does not have. `allow` lists those it has. */
export const wrongMethod = (allow: string): Response =>
  problem(405, "method-not-allowed", "This method is not for this resource", `Allowed: ${allow}`, { allow });

/** The answer for anything that a handler threw. What is not ours to explain is thrown on, to be answered 500. */
export function answerRefusal(error: unknown): Response {
  if (error instanceof RefusalError) return error.response();
  if (error instanceof SignatureError) {
    return new RefusalError(401, error.reason, "The request does not prove who sent it", { detail: error.message }).response();
  }
  if (error instanceof StoreError) {
    console.error({ message: "answered 503", error: reasonOf(error) });
    return unavailable().response();
  }
  throw error;
}
