/** Stands between a resolver and the name server, and changes what the latter says: so that a judge of answers is proven to judge. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Changes a reply's octets. */
export type Spoil = (reply: Buffer) => void;

export interface Spoiler {
  readonly host: string;
  /** UDP only: who comes by TCP finds nobody. */
  readonly port: number;
}

const HOST = "127.0.0.1";

/** Starts one before a port of 127.0.0.1. It stops when `undo` does. */
export async function startSpoiler(undo: AsyncDisposableStack, upstreamPort: number, spoil: Spoil): Promise<Spoiler> {
  const front = await open(undo);
  front.on("message", (query, client) => {
    const back = createSocket("udp4");
    const close = () => back.close();
    back.once("message", (reply) => {
      spoil(reply);
      front.send(reply, client.port, client.address);
      close();
    });
    back.once("error", close);
    back.send(query, upstreamPort, HOST);
  });
  return { host: HOST, port: front.address().port };
}

async function open(undo: AsyncDisposableStack): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, HOST);
  await once(socket, "listening");
  undo.defer(async () => {
    const closed = once(socket, "close");
    socket.close();
    await closed;
  });
  return socket;
}

const HEADER_OCTETS = 12;
/** An OPT record without options. */
const OPT_OCTETS = 11;
/** A pointer, type, class, TTL, and the length of the data. */
const RECORD_HEAD_OCTETS = 12;

/** Where the question ends. */
function questionEnd(reply: Buffer): number {
  let at = HEADER_OCTETS;
  while (reply[at] !== 0) at += 1 + reply.readUInt8(at);
  return at + 5;
}

const typeOf = (reply: Buffer): number => reply.readUInt16BE(questionEnd(reply) - 4);

const flip = (reply: Buffer, at: number, bit = 1): number => reply.writeUInt8(reply.readUInt8(at) ^ bit, at);

const TYPE_A = 1;

/** What can be done to the replies to questions about A. */
export const SPOILS = {
  nothing: () => undefined,
  "an address": (reply) => flip(reply, questionEnd(reply) + RECORD_HEAD_OCTETS),
  /** The last record but OPT is a signature, whose last octets are what was signed. */
  "a signature": (reply) => flip(reply, reply.length - OPT_OCTETS - 1),
  /** NXDOMAIN becomes NOERROR: there is such a name, it says, with nothing of that type. */
  "the response code": (reply) => flip(reply, 3, 3),
} as const satisfies Readonly<Record<string, Spoil>>;

/** Only of those replies. */
export const ofAddresses =
  (spoil: Spoil): Spoil =>
  (reply) => {
    if (typeOf(reply) === TYPE_A) spoil(reply);
  };
