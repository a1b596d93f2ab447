/** A caller for tests: says what it is told to a Nano node, and shows what the node said. */
import { connect, type Socket } from "node:net";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { PeerAddress } from "../../../schema/address.ts";
import { DEVNET_NANO } from "../../../schema/networks/devnet.ts";
import { decodeHandshake, encodeHandshake, respond, type Handshake } from "../../protocols/nano/handshake.ts";
import { encodeMessage, NANO_TYPE, type NanoWire } from "../../protocols/nano/header.ts";
import { decodeKeepalive, type Keepalive } from "../../protocols/nano/keepalive.ts";
import { MessageReader, type Message } from "../../protocols/nano/messages.ts";

export const COOKIE = new Uint8Array(32).fill(3);
const SECRET = new Uint8Array(32).fill(5);
const SALT = new Uint8Array(32).fill(7);
const { wire: WIRE } = DEVNET_NANO;

export class NanoCaller {
  readonly #socket: Socket;
  readonly #messages: Message[] = [];
  #wake = Promise.withResolvers<void>();
  /** All octets received. */
  octets = 0;
  /** What the stream failed with, where it did. */
  fault: unknown;
  /** The connection is over. */
  over = false;

  constructor(socket: Socket, networkId: string) {
    this.#socket = socket;
    const reader = new MessageReader(networkId, { messages: Infinity, skippedOctets: Infinity });
    socket.on("data", (bytes: Buffer) => {
      this.octets += bytes.length;
      try {
        if (this.fault === undefined) this.#messages.push(...reader.push(bytes));
      } catch (error) {
        this.fault = error;
      }
      this.#changed();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.over = true;
      this.#changed();
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  query(parts: Partial<Handshake> = {}, wire: NanoWire = WIRE): void {
    this.send(encodeHandshake(wire, { cookie: COOKIE, response: undefined, understandsV2: true, ...parts }));
  }

  /** Answers the node's query in its own version, honestly unless told otherwise. */
  prove(theirs: Handshake, { signs = theirs.cookie!, secret = SECRET, genesis = WIRE.genesis } = {}): void {
    const v2 = theirs.understandsV2 ? { salt: SALT, genesis: hexToBytes(genesis) } : undefined;
    this.query({ cookie: undefined, response: respond(signs, secret, v2), understandsV2: theirs.understandsV2 });
  }

  /** The next message of a type; those before it are dropped. Fails where the connection ends before. */
  async next(type: number): Promise<Message> {
    let at = -1;
    await this.until(() => (at = this.#messages.findIndex(({ header }) => header.type === type)) >= 0);
    return this.#messages.splice(0, at + 1).at(-1)!;
  }

  async handshake(): Promise<Handshake> {
    const { header, payload } = await this.next(NANO_TYPE.handshake);
    return decodeHandshake(header.extensions, payload);
  }

  async keepalive(): Promise<Keepalive> {
    return decodeKeepalive((await this.next(NANO_TYPE.keepalive)).payload);
  }

  /** Asks, is answered, and proves itself. */
  async shake(): Promise<Handshake> {
    this.query();
    const theirs = await this.handshake();
    this.prove(theirs);
    return theirs;
  }

  /** Sends an empty keepalive. */
  keep(): void {
    this.send(encodeMessage(WIRE, NANO_TYPE.keepalive, 0, new Uint8Array(144)));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) throw new Error("the connection ended too early");
      await this.#wake.promise;
    }
  }

  /** Waits until the node hangs up. */
  async closed(): Promise<void> {
    while (!this.over) await this.#wake.promise;
  }

  async hangUp(): Promise<void> {
    this.#socket.destroy();
    await this.closed();
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** Calls an address. The connection may be over before or after the first octet. */
export async function callNano(address: PeerAddress, networkId: string = WIRE.networkId): Promise<NanoCaller> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const caller = new NanoCaller(socket, networkId);
  await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
  return caller;
}
