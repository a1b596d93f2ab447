/** A caller for tests, in Bitcoin's envelope: says what it is told to, and shows what the node said. */
import { connect, type Socket } from "node:net";
import type { PeerAddress } from "../../../schema/address.ts";
import type { Gossip } from "../../protocols/envelope/addr.ts";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits, type Message } from "../../protocols/envelope/frame.ts";
import { encodeVersion, type VersionMessage } from "../../protocols/envelope/version.ts";

const NOTHING = new Uint8Array(0);
const NOWHERE = { services: "0", address: { family: "ipv4", host: "0.0.0.0", port: 0 } } as const;

/** What a crawler says of itself. */
const CALLER: Omit<VersionMessage, "version"> = {
  services: "0",
  timestamp: 1_700_000_000n,
  receiver: NOWHERE,
  sender: NOWHERE,
  nonce: 7n,
  userAgent: "/test:1/",
  startHeight: 0,
  relay: false,
};

/** How callers of a family speak. */
export interface Tongue {
  readonly checksum: Checksum;
  /** What the caller may get, messages included that only a misbehaving node sends, and those that a session skips unread. */
  readonly limits: FrameLimits;
  /** What the caller states, unless told otherwise. */
  readonly version: number;
  /** Whether the caller says `sendaddrv2`, unless told otherwise. */
  readonly addrv2: boolean;
  readonly decodeVersion: (payload: Uint8Array) => VersionMessage;
  readonly decodeAddr: (payload: Uint8Array) => Gossip;
  readonly decodeAddrv2: (payload: Uint8Array) => Gossip;
}

export class Caller {
  readonly #socket: Socket;
  readonly #magic: string;
  readonly #tongue: Tongue;
  readonly #messages: Message[] = [];
  readonly #waiting: (() => void)[] = [];
  /** All octets received. */
  octets = 0;
  /** The system's error code, where the connection broke. */
  error: string | undefined;
  /** The connection is over. */
  over = false;

  constructor(socket: Socket, magic: string, tongue: Tongue) {
    this.#socket = socket;
    this.#magic = magic;
    this.#tongue = tongue;
    const frames = new FrameReader(magic, tongue.checksum, tongue.limits);
    let readable = true;
    socket.on("data", (bytes: Buffer) => {
      this.octets += bytes.length;
      try {
        if (readable) this.#messages.push(...frames.push(bytes));
      } catch {
        readable = false; // garbage: only counted
      }
      this.#wake();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code));
    socket.on("close", () => {
      this.over = true;
      this.#wake();
    });
  }

  send(command: string, payload: Uint8Array = NOTHING, magic = this.#magic): void {
    this.#socket.write(encodeFrame(magic, command, payload, this.#tongue.checksum));
  }

  greet(fields: Partial<VersionMessage> = {}): void {
    this.send("version", encodeVersion({ ...CALLER, version: this.#tongue.version, ...fields }));
  }

  /** Waits until something holds; fails where the connection ends before that. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) throw new Error("the connection ended too early");
      await this.#change();
    }
  }

  /** The next message with this command; those before it are dropped. */
  async next(command: string): Promise<Message> {
    let at = -1;
    await this.until(() => (at = this.#messages.findIndex((message) => message.command === command)) >= 0);
    return this.#messages.splice(0, at + 1).at(-1)!;
  }

  /** The commands received and not taken yet. */
  get commands(): string[] {
    return this.#messages.map(({ command }) => command);
  }

  /** Handshakes as a crawler does, and gives the node's version message. */
  async shake({ addrv2 = this.#tongue.addrv2, ...fields }: Partial<VersionMessage> & { addrv2?: boolean } = {}): Promise<VersionMessage> {
    this.greet(fields);
    const theirs = this.#tongue.decodeVersion((await this.next("version")).payload);
    if (addrv2) this.send("sendaddrv2");
    this.send("verack");
    await this.next("verack");
    return theirs;
  }

  /** The next gossip, in either form. */
  async gossip(): Promise<Gossip & { command: string }> {
    await this.until(() => this.commands.some(isGossip));
    const { command, payload } = await this.next(this.commands.find(isGossip)!);
    return { command, ...(command === "addr" ? this.#tongue.decodeAddr(payload) : this.#tongue.decodeAddrv2(payload)) };
  }

  /** Asks a question that every honest node answers, so that all it had to say before is here. */
  async sync(): Promise<void> {
    const pongs = () => this.commands.filter((command) => command === "pong").length;
    const before = pongs();
    this.send("ping", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    await this.until(() => pongs() > before);
  }

  /** Waits until the node hangs up. */
  async closed(): Promise<void> {
    while (!this.over) await this.#change();
  }

  async hangUp(): Promise<void> {
    this.#socket.destroy();
    await this.closed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const isGossip = (command: string): boolean => command === "addr" || command === "addrv2";

/** Calls an address. The connection may be over before or after the first octet. */
export async function call(address: PeerAddress, magic: string, tongue: Tongue): Promise<Caller> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const caller = new Caller(socket, magic, tongue);
  await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
  return caller;
}
