/** The seam between rules and sockets: one HTTP exchange, bounded in time and size whatever the server does. */

/** The largest body read, octets: a DNS message has at most 65,535, an error page may be larger. */
export const MAX_BODY_OCTETS = 1_048_576;
/** The largest set of response headers read, octets. */
export const MAX_HEADER_OCTETS = 65_536;
/** From sending a request to the last octet of its answer, unless told otherwise. */
export const DEFAULT_TIMEOUT_MS = 5_000;

export type HttpVersion = "1.1" | "2";

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several of one name joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export interface Transport {
  readonly version: HttpVersion;
  /** Rejects with `TransportError` for whatever is no answer, and with the signal's reason where it is aborted. */
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** Ends all connections. */
  close(): void;
}

export type TransportFailure = "timeout" | "closed" | "too-large" | "refused" | "malformed";

/** Why there was no answer. */
export class TransportError extends Error {
  override name = "TransportError";
  readonly failure: TransportFailure;
  constructor(failure: TransportFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

export interface TransportOptions {
  readonly url: URL;
  /** PEM of authorities to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The failure that an error of Node's means. */
export function transportErrorOf(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EHOSTUNREACH" || code === "EAI_AGAIN") {
    return new TransportError("refused", message, error);
  }
  if (code === "HPE_HEADER_OVERFLOW" || code === "ERR_HTTP2_HEADERS_TOO_LARGE") return new TransportError("too-large", message, error);
  // OpenSSL's own message is its whole call stack in one line.
  if (code.startsWith("ERR_SSL_") && error instanceof Error && "reason" in error)
    return new TransportError("closed", `no TLS: ${String(error.reason)}`, error);
  // What nghttp2 calls an error, where the other side breaks the protocol.
  if (code === "ERR_HTTP2_ERROR") return new TransportError("malformed", `not HTTP/2: ${message}`, error);
  if (code.startsWith("HPE_")) return new TransportError("malformed", `not HTTP: ${message}`, error);
  return new TransportError("closed", message === "" ? "the connection was closed" : message, error);
}

/** Collects a body up to its limit. */
export class Body {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** Throws `TransportError` once there is too much. */
  add(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length > MAX_BODY_OCTETS) throw new TransportError("too-large", `the body is larger than ${MAX_BODY_OCTETS} octets`);
    this.#chunks.push(chunk);
  }

  octets(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}
