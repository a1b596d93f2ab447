/** For the tests: a DNS client on real sockets, with an independent codec. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import packet from "dns-packet";

type Decoded = ReturnType<typeof packet.decode>;

export interface ReplyOf extends Decoded {
  readonly rcodeNumber: number;
  readonly octets: number;
}

export function query(name: string, type: packet.RecordType = "A", id = 1, udpPayloadSize?: number): Buffer {
  const flags = { extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false };
  const additionals: packet.Answer[] =
    udpPayloadSize === undefined ? [] : [{ type: "OPT", name: ".", udpPayloadSize, ...flags, options: [] }];
  return packet.encode({ type: "query", id, questions: [{ name, type, class: "IN" }], additionals });
}

export function decode(message: Buffer): ReplyOf {
  return { ...packet.decode(message), rcodeNumber: message[3]! & 0xf, octets: message.length };
}

export const addresses = (reply: ReplyOf): string[] =>
  (reply.answers ?? []).flatMap((answer) => (answer.type === "A" || answer.type === "AAAA" ? [answer.data] : []));

export const serial = (reply: ReplyOf): number | undefined => {
  const [answer] = reply.answers ?? [];
  return answer?.type === "SOA" ? answer.data.serial : undefined;
};

/** Sends every message from one socket and returns the first reply to come. */
export async function askUdp(port: number, ...messages: Uint8Array[]): Promise<ReplyOf> {
  const socket = createSocket("udp4");
  try {
    const replied = new Promise<Buffer>((resolve, reject) => socket.once("message", resolve).once("error", reject));
    for (const message of messages) socket.send(message, port, "127.0.0.1");
    return decode(await replied);
  } finally {
    socket.close();
  }
}

export async function openTcp(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** Resolves when the connection has ended, politely or not. */
export const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("error", () => {}).once("close", () => resolve());
  });

/** Writes octets as they are and reads `count` replies. */
export async function exchange(socket: Socket, octets: Uint8Array, count: number): Promise<ReplyOf[]> {
  socket.write(octets);
  let held = Buffer.alloc(0);
  const replies: ReplyOf[] = [];
  while (replies.length < count) {
    const chunk = await new Promise<Buffer>((resolve, reject) => socket.once("data", resolve).once("close", reject));
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      replies.push(decode(held.subarray(2, 2 + held.readUInt16BE(0))));
      held = held.subarray(2 + held.readUInt16BE(0));
    }
  }
  return replies;
}
