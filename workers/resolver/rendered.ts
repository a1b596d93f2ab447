/** An answer as it is sent: all of it but the headers, which the request has a say in. */
import type { Rcode } from "../dns/reply.ts";
import type { AnswerTransport, Isolate } from "./isolate.ts";
import { jsonInit, messageInit } from "./kept-init.ts";

export interface Rendered {
  /** A DNS message or JSON. They fill their buffer, which costs less to send than a view of it. */
  readonly octets: Uint8Array<ArrayBuffer>;
  /** How long it may be kept, in seconds (RFC 8484 §5.1); 0 is "not at all". */
  readonly lifetime: number;
  /** Of each question it answers. */
  readonly rcodes: readonly Rcode[];
}

/** A response with a message, counted. What was asked by POST nobody keeps. */
export function messageResponse(isolate: Isolate, transport: "doh-get" | "doh-post", answer: Rendered): Response {
  count(isolate, transport, answer);
  return new Response(answer.octets.buffer, messageInit(transport === "doh-get" ? answer.lifetime : 0));
}

/** A response with JSON of the media type that was agreed upon, counted. */
export function jsonResponse(isolate: Isolate, contentType: string, answer: Rendered): Response {
  count(isolate, "json", answer);
  return new Response(answer.octets.buffer, jsonInit(contentType, answer.lifetime));
}

/** Counts for the metrics: transport and response code, nothing about who asked what. */
function count({ answers }: Isolate, transport: AnswerTransport, { rcodes }: Rendered): void {
  const counts = answers[transport];
  for (const rcode of rcodes) counts[rcode] = (counts[rcode] ?? 0) + 1;
}
