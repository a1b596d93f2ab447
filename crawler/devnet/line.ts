/** A node's end of one connection. Whatever it starts ends with the connection. The socket carries an `error` listener already. */
import type { Socket } from "node:net";
import { ipAddress, type PeerAddress } from "../../schema/address.ts";
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";
import { reset } from "./reset.ts";

/** A caller that lets more octets than this lie unread is hung up on: three of the largest honest messages. */
export const MAX_UNSENT_OCTETS = 128 * 1024;

/** A connection on which nothing moved for this long is closed, as Core does. */
export const IDLE_MS = 20 * 60_000;

/** Between two bursts of `pour`. */
const POUR_PAUSE_MS = 10;

export class Line {
  /** The caller's address. */
  readonly caller: PeerAddress;
  /** The connection itself, for a node that wraps it in TLS: then it is used instead of the line's own methods. */
  readonly socket: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(socket: Socket) {
    this.socket = socket;
    this.caller = socketAddress(socket.remoteAddress ?? "::", socket.remotePort ?? 0);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => this.reset());
    socket.on("close", () => this.#clearTimers());
    socket.resume(); // or a node that does not listen would never see the caller go
  }

  onData(receive: (bytes: Uint8Array) => void): void {
    this.socket.on("data", receive);
  }

  /** Sends octets. Does nothing once the connection is over. */
  send(bytes: Uint8Array): void {
    if (!this.socket.writable) return;
    this.socket.write(bytes);
    if (this.socket.writableLength > MAX_UNSENT_OCTETS) this.reset();
  }

  /** Sends what `next` gives for as long as the connection lasts and the caller reads, with pauses, so that nobody else has to wait. */
  pour(next: () => Uint8Array): void {
    const fill = (): void => {
      while (this.socket.writable && this.socket.write(next()));
    };
    this.socket.on("drain", () => this.after(POUR_PAUSE_MS, fill));
    fill();
  }

  /** Does something after so many milliseconds, unless the connection is over by then. */
  after(ms: number, action: () => void): void {
    if (this.socket.destroyed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  /** Sends what is left to send, then closes. */
  hangUp(): void {
    this.#clearTimers();
    this.socket.destroySoon();
  }

  /** Breaks off so that the caller sees a reset (RST). */
  reset(): void {
    reset(this.socket);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** A socket's end as an address. The system's text is canonical. */
export function socketAddress(host: string, port: number): PeerAddress {
  return ipAddress(host.includes(":") ? parseIpv6(host) : parseIpv4(host), port);
}
