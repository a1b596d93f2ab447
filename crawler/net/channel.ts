/** Between a socket and a session: what carries a family's chunks or messages. For most families it is the socket itself. */
import type { Socket } from "node:net";
import type { PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";

/** Why the carrier itself ended a connection: the peer broke the carrier's rules, not the session's. */
export interface ChannelFault {
  readonly failure: ProbeFailure;
  readonly detail: string;
}

export interface ChannelEvents {
  /** Part of a stream, or one whole message. */
  readonly data: (bytes: Uint8Array) => void;
  /** Called once, however the connection ends; not after `destroy`. */
  readonly end: (fault?: ChannelFault) => void;
}

/** A connection as a session sees it. */
export interface Channel {
  /** Sends chunks, or a message each. Never throws; does nothing once the connection is over. */
  send(parts: readonly Uint8Array[]): void;
  /** Starts the flow. What came before is not lost; where the connection is over already, `end` is called at once. */
  listen(events: ChannelEvents): void;
  /** Closes without waiting, and stops the flow. May be called again. */
  destroy(): void;
}

export interface CarrierOptions {
  readonly address: PeerAddress;
  /** Milliseconds for all that the carrier does before the first octet of the session. */
  readonly timeoutMs: number;
  /** Breaks it off; the carrier then throws `DialAborted`. */
  readonly signal: AbortSignal;
}

/**
 * Makes a channel of a connected socket, which it owns from then on: it destroys the socket where it fails. Throws `DialError` where the peer does not
 * speak what carries the family, and `DialAborted`.
 */
export type Carrier = (socket: Socket, options: CarrierOptions) => Promise<Channel>;

/** The socket itself, for protocols that run on plain TCP. */
export const tcpCarrier: Carrier = (socket) => Promise.resolve(new TcpChannel(socket));

class TcpChannel implements Channel {
  readonly #socket: Socket;
  #stopListening = (): void => {};

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(parts: readonly Uint8Array[]): void {
    if (parts.length > 0) this.#socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts)); // one system call a step
  }

  listen({ data, end }: ChannelEvents): void {
    const socket = this.#socket;
    const onEnd = (): void => {
      this.#stopListening();
      end();
    };
    this.#stopListening = () => void socket.off("data", data).off("end", onEnd).off("close", onEnd);
    if (socket.destroyed) onEnd();
    else socket.on("data", data).on("end", onEnd).on("close", onEnd);
  }

  destroy(): void {
    this.#stopListening();
    this.#socket.destroy();
  }
}
