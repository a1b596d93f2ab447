/** DNS over UDP. Nothing is ever sent that is not the answer to a query, and no source gets more than its rate. */
import { createSocket, type Socket } from "node:dgram";
import { encodeReply } from "../workers/dns/message.ts";
import { DnsFormatError, readQuery } from "../workers/dns/query.ts";
import { RCODE, refusal } from "../workers/dns/reply.ts";
import { ResponseRate } from "./rate.ts";
import { sourcePrefix } from "../serving/source.ts";
import type { Answerer } from "./tcp.ts";

export interface UdpOptions {
  readonly family: "udp4" | "udp6";
  /** Lets other sockets of ours have the same port. */
  readonly reusePort: boolean;
  readonly answer: Answerer;
  readonly rate: ResponseRate;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** A socket that is not bound yet. */
export function udpService({ family, reusePort, answer, rate, nowMs }: UdpOptions): Socket {
  const socket = createSocket({ type: family, reusePort, ipv6Only: family === "udp6" });
  socket.on("message", (message, { address, port }) => {
    if (port === 0) return; // forged: there is nobody to answer
    // Decided before anything is looked at: what a flood brings must cost less than answering it.
    const decision = rate.decide(sourcePrefix(address), nowMs());
    if (decision === "drop") return;
    const query = plain(message);
    const reply = decision === "truncate" ? truncated(query) : answer(query);
    // A failed send is the network's or a forged source's business; the client asks again.
    if (reply !== undefined) socket.send(reply, port, address, () => {});
  });
  return socket;
}

/** The same octets without Node's `Buffer`, whose `slice` is no copy. */
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);

/**
 * An empty answer with TC set, no longer than the query: come by TCP, which cannot be forged. It has an OPT record where the query has
 * one (RFC 6891 §6.1.1). Undefined for what is no query.
 */
export function truncated(query: Uint8Array): Uint8Array | undefined {
  try {
    const { id, opcode, recursionDesired, question, edns } = readQuery(query);
    const bare = edns && { dnssecOk: edns.dnssecOk, nsid: undefined, padding: false };
    const reply = { ...refusal(RCODE.NOERROR), id, opcode, recursionDesired, question: opcode === 0 ? question : undefined, edns: bare };
    return encodeReply(reply, 0);
  } catch (error) {
    if (error instanceof DnsFormatError) return undefined;
    throw error;
  }
}
