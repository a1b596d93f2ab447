/**
 * HTTP/1.1 as fast as a test can speak it: requests as octets, many in flight on each of a few connections, answers told apart by
 * their own framing. No client library sends what these tests send.
 */
import { connect, type Socket } from "node:net";

export interface HttpReply {
  readonly status: number;
  /** The head as it came, status line included. */
  readonly head: string;
  readonly body: Buffer;
}

/** A header's value; undefined where there is none. `name` in lower case. */
export function headerOf({ head }: HttpReply, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, "i").exec(head)?.[1];
}

export interface HttpExchange {
  /** The whole request. */
  readonly request: Uint8Array;
  /** True for HEAD: the answer has no body, whatever its head says. */
  readonly bodiless?: boolean;
  /** Throws where the answer is wrong. */
  readonly judge: (reply: HttpReply) => void;
}

/** Cuts a stream into answers. */
export class HttpReader {
  #held: Buffer = Buffer.alloc(0);

  /** The next whole answer in what has come so far, with `more`. Throws for what is no HTTP/1.1. */
  next(bodiless: boolean): HttpReply | undefined {
    const held = this.#held;
    const blank = held.indexOf("\r\n\r\n");
    if (blank < 0) return undefined;
    const head = held.toString("latin1", 0, blank);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (!(status >= 200)) throw new Error(`no answer of HTTP/1.1: ${head.slice(0, 100)}`);
    const start = blank + 4;
    const bare = { status, head, body: held.subarray(start, start) };
    const [body, end] = bodiless || status === 204 || status === 304 ? [bare.body, start] : this.#body(bare, start);
    if (body === undefined) return undefined;
    this.#held = held.subarray(end);
    return { ...bare, body };
  }

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** Octets that are no whole answer yet. */
  get held(): number {
    return this.#held.length;
  }

  #body(reply: HttpReply, start: number): [body: Buffer | undefined, end: number] {
    const length = headerOf(reply, "content-length");
    if (length === undefined) return this.#chunks(reply, start);
    const end = start + Number(length);
    return [end <= this.#held.length ? this.#held.subarray(start, end) : undefined, end];
  }

  /** RFC 9112 §7.1, without trailers. */
  #chunks(reply: HttpReply, start: number): [body: Buffer | undefined, end: number] {
    if (headerOf(reply, "transfer-encoding") !== "chunked") throw new Error(`a body without end: ${reply.head}`);
    const pieces: Buffer[] = [];
    for (let at = start; ;) {
      const line = this.#held.indexOf("\r\n", at);
      const size = line < 0 ? NaN : Number.parseInt(this.#held.toString("latin1", at, line), 16);
      const next = line + 2 + size + 2;
      if (!(next <= this.#held.length)) return [undefined, 0];
      if (size === 0) return [Buffer.concat(pieces), next];
      pieces.push(this.#held.subarray(line + 2, next - 2));
      at = next;
    }
  }
}

export interface PipelineOptions {
  readonly port: number;
  /** How many connections there are at once. */
  readonly connections: number;
  /** How many requests are in flight on each. */
  readonly depth: number;
  /** The next one, or undefined where there are no more. */
  readonly next: () => HttpExchange | undefined;
  /**
   * How many connections in a row may end without any answer, 0 unless given: a server that ends one early, since it will not read the
   * rest of a body, can cut off the answer on its way.
   */
  readonly patience?: number;
}

/** Sends all and judges every answer. Rejects with the first thing that is wrong, such as a connection that ends without an answer. */
export async function pipeline({ connections, ...options }: PipelineOptions): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => keepAsking(options)));
}

/** One connection after the other until there is nothing more to ask: a server may end one behind an answer. */
async function keepAsking({ port, depth, next, patience = 0 }: Omit<PipelineOptions, "connections">): Promise<void> {
  const again: HttpExchange[] = [];
  let fruitless = 0;
  for (let first = next(); first !== undefined; first = again.shift() ?? next()) {
    again.unshift(first);
    const { answered, unanswered } = await converse(port, depth, () => again.shift() ?? next());
    again.unshift(...unanswered);
    fruitless = answered > 0 ? 0 : fruitless + 1;
    if (fruitless > patience) throw new Error(`no answer to ${excerpt(again[0] ?? first)}`);
  }
}

interface Conversation {
  readonly answered: number;
  readonly unanswered: readonly HttpExchange[];
}

/** One connection, until either side ends it. */
function converse(port: number, depth: number, next: () => HttpExchange | undefined): Promise<Conversation> {
  const waiting: HttpExchange[] = [];
  const reader = new HttpReader();
  let answered = 0;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const done = Promise.withResolvers<Conversation>();
  const fill = (): void => {
    socket.cork();
    while (waiting.length < depth) {
      const exchange = next();
      if (exchange === undefined) break;
      waiting.push(exchange);
      socket.write(exchange.request);
    }
    socket.uncork();
    if (waiting.length === 0) socket.end();
  };
  socket.on("connect", fill);
  socket.on("error", () => {}); // `close` follows
  socket.on("close", () => done.resolve({ answered, unanswered: waiting }));
  socket.on("data", (bytes: Buffer) => {
    try {
      reader.push(bytes);
      for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
        const reply = reader.next(first.bodiless ?? false);
        if (reply === undefined) break;
        waiting.shift();
        answered++;
        first.judge(reply);
        if (headerOf(reply, "connection")?.toLowerCase() === "close") {
          socket.destroy();
          return;
        }
      }
      if (waiting.length === 0 && reader.held > 0) throw new Error("an answer that nobody asked for");
      if (waiting.length <= depth / 2) fill();
    } catch (error) {
      done.reject(error);
      socket.destroy();
    }
  });
  return done.promise;
}

/** The beginning of a request, for messages. */
export const excerpt = ({ request }: HttpExchange): string => JSON.stringify(Buffer.from(request).toString("latin1", 0, 2_000));

/** Sends octets on a connection of their own, ends it, and gives what came back until the server ended it too. */
export function exchangeOctets(port: number, octets: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const socket: Socket = connect({ port, host: "127.0.0.1" });
  const done = Promise.withResolvers<Buffer>();
  socket.on("connect", () => socket.end(octets));
  socket.on("data", (bytes: Buffer) => pieces.push(bytes));
  socket.on("error", () => {}); // a reset after the answer, where the server did not read all there was
  socket.on("close", () => done.resolve(Buffer.concat(pieces)));
  return done.promise;
}
