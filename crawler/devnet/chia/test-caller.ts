/** A caller for tests: says what it is told to, and shows what the node said. */
import type { PeerAddress } from "../../../schema/address.ts";
import { DEVNET_CHIA } from "../../../schema/networks/devnet.ts";
import { carrierOf } from "../../net/carriers.ts";
import type { Channel, ChannelFault } from "../../net/channel.ts";
import { directDialer } from "../../net/dial.ts";
import { decodeHandshake, encodeHandshake, NODE_TYPES, offered, type Handshake } from "../../protocols/chia/handshake.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES, type Message } from "../../protocols/chia/message.ts";
import { decodePeers, type TimestampedPeer } from "../../protocols/chia/peers.ts";

/** What a crawler says of itself. */
const CALLER: Handshake = {
  networkId: DEVNET_CHIA.wire.networkId,
  protocolVersion: "0.0.38",
  softwareVersion: "test",
  serverPort: 0,
  nodeType: NODE_TYPES.wallet,
  capabilities: offered([1, 2, 3]),
};

const NOTHING = new Uint8Array(0);

export class ChiaCaller {
  readonly #channel: Channel;
  readonly #messages: Message[] = [];
  #changed = Promise.withResolvers<void>();
  over = false;
  fault: ChannelFault | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.listen({
      data: (bytes) => {
        this.#messages.push(decodeMessage(bytes));
        this.#wake();
      },
      end: (fault) => {
        this.over = true;
        this.fault = fault;
        this.#wake();
      },
    });
  }

  say(message: Message): void {
    this.#channel.send([encodeMessage(message)]);
  }

  greet(handshake: Partial<Handshake> = {}): void {
    this.say({ type: MESSAGE_TYPES.handshake, data: encodeHandshake({ ...CALLER, ...handshake }) });
  }

  /** The next message, in the order in which the node said them. Fails where the connection ends before that. */
  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.over) throw new Error("the connection ended too early");
      await this.#changed.promise;
    }
    return this.#messages.shift()!;
  }

  /** Handshakes, and gives the node's. */
  async shake(handshake: Partial<Handshake> = {}): Promise<Handshake> {
    this.greet(handshake);
    return decodeHandshake((await this.next()).data);
  }

  /** Asks for peers, and gives the answer. */
  async ask(id: number): Promise<{ id: number | undefined; peers: TimestampedPeer[] }> {
    this.request(id);
    const answer = await this.next();
    return { id: answer.id, peers: decodePeers(answer.data) };
  }

  request(id: number): void {
    this.say({ type: MESSAGE_TYPES.requestPeers, id, data: NOTHING });
  }

  /** Waits until the node hangs up. */
  async closed(): Promise<ChannelFault | undefined> {
    while (!this.over) await this.#changed.promise;
    return this.fault;
  }

  hangUp(): void {
    this.#channel.destroy();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Calls an address as a crawler would. Rejects as the carrier does. */
export async function call(address: PeerAddress, timeoutMs = 20_000): Promise<ChiaCaller> {
  const options = { timeoutMs, signal: new AbortController().signal };
  const socket = await directDialer.dial(address, options);
  return new ChiaCaller(await carrierOf(DEVNET_CHIA)(socket, { ...options, address }));
}
