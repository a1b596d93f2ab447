/** DNS over UDP. Nothing is ever sent that is not the answer to a query, and no source gets more than its rate. */
import { createSocket, type Socket } from "node:dgram";
import { endOfPlainName } from "../workers/dns/name.ts";
import { HEADER_OCTETS } from "../workers/dns/query.ts";
import { ResponseRate } from "./rate.ts";
import { sourcePrefix } from "../serving/source.ts";
import type { Answerer } from "./tcp.ts";

/** A socket that is not bound yet. */
export function udpService(family: "udp4" | "udp6", answer: Answerer, rate: ResponseRate, nowMs: () => number): Socket {
  const socket = createSocket({ type: family, ipv6Only: family === "udp6" });
  socket.on("message", (message, { address, port }) => {
    if (port === 0) return; // forged: there is nobody to answer
    const query = plain(message);
    const reply = answer(query);
    if (reply === undefined) return;
    const decision = rate.decide(sourcePrefix(address), nowMs());
    if (decision === "drop") return;
    // A failed send is the network's or a forged source's business; the client asks again.
    socket.send(decision === "truncate" ? truncated(query) : reply, port, address, () => {});
  });
  return socket;
}

/** The same octets without Node's `Buffer`, whose `slice` is no copy. */
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);

/** An empty answer with TC set, no longer than the query: come by TCP, which cannot be forged. Expects a query that was answerable. */
export function truncated(query: Uint8Array): Uint8Array {
  const questions = (query[4]! << 8) | query[5]!;
  const end = questions === 1 ? endOfPlainName(query, HEADER_OCTETS) : -1;
  const asked = end >= 0 && end + 4 <= query.length;
  const reply = query.slice(0, asked ? end + 4 : HEADER_OCTETS);
  reply[2] = 0x82 | (query[2]! & 0x79); // QR and TC; opcode and RD as they came
  reply[3] = 0;
  reply.set([0, asked ? 1 : 0, 0, 0, 0, 0, 0, 0], 4);
  return reply;
}
