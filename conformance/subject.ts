/** The server under test as rules see it: asked over HTTP or DNS, with everything it said kept for the rules about all answers. */
import { factsOf, type Ask, type Facts } from "./facts.ts";
import { describeMessage, readMessage, type Message } from "./message.ts";
import { base64url, queryOctets } from "./query.ts";
import type { HttpRequest, HttpResponse, HttpVersion, Transport } from "./transport.ts";
import { NoAnswer, Unaskable } from "./verdict.ts";

export const DNS_MESSAGE = "application/dns-message";

/** The most messages and responses kept for the rules about all of them. */
export const MAX_KEPT = 1_000;
/** The most octets kept in them, for each of the two: a good server says some 100 kB in a run, and each octet read is many in memory. */
export const MAX_KEPT_OCTETS = 4_194_304;

/** Where a query goes: to a DoH resource, or to a name server's port. */
export type Channel =
  | {
      readonly kind: "http";
      readonly url: URL;
      readonly offers: readonly HttpVersion[];
      /** As `Offers` has it. */
      readonly mute: readonly HttpVersion[];
      readonly transport: Transport;
    }
  | { readonly kind: "dns"; readonly exchange: (query: Uint8Array) => Promise<Uint8Array> };

export interface SubjectOptions {
  readonly channel: Channel;
  /** The apex, with the final dot. */
  readonly zone: string;
  /** A label that nobody can have thought of, new with each call. */
  readonly randomLabel: () => string;
}

/** What came back for a query. */
export interface Reply {
  /** Undefined where it was no message. */
  readonly message: Message | undefined;
  /** Undefined where it did not come over HTTP. */
  readonly http: HttpResponse | undefined;
}

export class Subject {
  readonly zone: string;
  readonly randomLabel: () => string;
  /** Everything that was said so far, within limits. */
  readonly messages: Message[] = [];
  readonly responses: (HttpResponse & { readonly request: HttpRequest })[] = [];
  #messageOctets = 0;
  #responseOctets = 0;
  readonly #channel: Channel;
  /** What several rules need to know, asked for when the first does. */
  readonly facts: Facts;

  constructor({ channel, zone, randomLabel }: SubjectOptions) {
    this.#channel = channel;
    this.zone = zone;
    this.randomLabel = randomLabel;
    this.facts = factsOf(this);
  }

  /** The DoH resource and what is known of how it is spoken to. Throws `Unaskable` where there is none. */
  get doh(): Extract<Channel, { kind: "http" }> {
    if (this.#channel.kind !== "http") throw new Unaskable("it is about HTTP, and this is a name server");
    return this.#channel;
  }

  get isDoh(): boolean {
    return this.#channel.kind === "http";
  }

  /** Any HTTP exchange. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.doh.transport.exchange(request);
    this.#responseOctets += response.body.length;
    if (this.responses.length < MAX_KEPT && this.#responseOctets <= MAX_KEPT_OCTETS) this.responses.push({ ...response, request });
    return response;
  }

  /** A request for the DoH resource with these parameters behind its path. */
  requestWith(parameters: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<HttpResponse> {
    const { pathname, search } = this.doh.url;
    const target = parameters === "" ? `${pathname}${search}` : `${pathname}${search === "" ? "?" : `${search}&`}${parameters}`;
    return this.request({ method, target, headers: { accept: DNS_MESSAGE, ...headers } });
  }

  /** A query as `?dns=`. */
  get(query: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Reply & { readonly http: HttpResponse }> {
    return this.getWith(`dns=${base64url(query)}`, headers);
  }

  /** Parameters that carry a query, however badly written. */
  async getWith(parameters: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply & { readonly http: HttpResponse }> {
    return this.#replyOf(await this.requestWith(parameters, headers));
  }

  /** A query as a body. */
  async post(query: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Reply & { readonly http: HttpResponse }> {
    const { pathname, search } = this.doh.url;
    const all = { accept: DNS_MESSAGE, "content-type": DNS_MESSAGE, ...headers };
    return this.#replyOf(await this.request({ method: "POST", target: `${pathname}${search}`, headers: all, body: query }));
  }

  /** Octets that need be no sound query, whichever way this server is asked. */
  async send(query: Uint8Array): Promise<Reply> {
    if (this.#channel.kind === "http") return this.post(query);
    return { message: this.#keep(readMessage(await this.#channel.exchange(query))), http: undefined };
  }

  /** A question, for the apex's SOA unless told otherwise, as octets. */
  query(ask: Ask = {}): Uint8Array {
    return queryOctets({ name: this.zone, type: 6, ...ask });
  }

  /** The answer to a question. Rejects with `NoAnswer` where it is no DNS message. */
  async ask(ask: Ask = {}): Promise<Message> {
    return messageOf(await this.send(this.query(ask)));
  }

  /**
   * The answer to a question that a server need not take; undefined where it says so by an error of HTTP, which a DoH server may
   * (RFC 8484 §10). Rejects as `ask` does.
   */
  async askIfTaken(ask: Ask): Promise<Message | undefined> {
    const reply = await this.send(this.query(ask));
    return isTurnedDown(reply) ? undefined : messageOf(reply);
  }

  #replyOf(http: HttpResponse): Reply & { readonly http: HttpResponse } {
    return { message: isMessage(http) ? this.#keep(readMessage(http.body)) : undefined, http };
  }

  #keep(message: Message | undefined): Message | undefined {
    this.#messageOctets += message?.octets.length ?? 0;
    if (message !== undefined && this.messages.length < MAX_KEPT && this.#messageOctets <= MAX_KEPT_OCTETS) this.messages.push(message);
    return message;
  }
}

/** Whether a response carries a DNS message, by what it says of itself. */
export const isMessage = ({ headers }: HttpResponse): boolean =>
  headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() === DNS_MESSAGE;

/** The message of a reply with status 2xx. Throws `NoAnswer` where there is none. */
export function messageOf(reply: Reply): Message {
  const answered = reply.http === undefined || isSuccess(reply.http);
  if (reply.message === undefined || !answered) throw new NoAnswer(describeReply(reply));
  return reply.message;
}

/** Whether an error of HTTP came in place of any DNS message. One that is the server's own fault (500) turns nothing down. */
export const isTurnedDown = ({ http, message }: Reply): boolean =>
  http !== undefined && message === undefined && ((http.status >= 400 && http.status < 500) || http.status === 501);

export const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

/** A response in a few words, for reports. */
export function describeResponse({ status, headers, body }: HttpResponse): string {
  return `HTTP ${status} with ${headers.get("content-type") ?? "no content type"}, ${body.length} octets`;
}

/** A reply in a few words, for reports. */
export function describeReply({ http, message }: Reply): string {
  if (http === undefined) return message === undefined ? "octets that are no DNS message" : describeMessage(message);
  if (message === undefined) return describeResponse(http);
  return isSuccess(http) ? describeMessage(message) : `HTTP ${http.status} with a DNS message (${describeMessage(message)})`;
}
