/** Takes calls, works out which node was meant, and lets it act. */
import type { Socket } from "node:net";
import { formatAddress } from "../../schema/address.ts";
import type { Guard } from "./guard.ts";
import { Line, socketAddress } from "./line.ts";
import type { DevnetNode, Population } from "./population.ts";
import { reset } from "./reset.ts";
import type { Visit, World } from "./visit.ts";

/** What a reception needs of the devnet. */
export interface ReceptionOptions {
  readonly population: Population;
  readonly world: World;
  /** Lets the called node act. */
  readonly behave: (visit: Visit) => void;
  readonly guard: Guard;
  /** Whether a node is there to be reached now; where it is not, calls are reset. */
  readonly isThere: (node: DevnetNode) => boolean;
  /** Most connections open at once; a call beyond is reset. */
  readonly maxConnections: number;
}

export class Reception {
  readonly #options: ReceptionOptions;
  readonly #calls = new Map<Socket, DevnetNode>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** A connection came in. */
  take(socket: Socket): void {
    socket.on("error", ignore); // a reset shows as `close`
    const { localAddress, localPort, remoteAddress } = socket;
    const { population, world, behave, guard, isThere, maxConnections } = this.#options;
    const { census, now } = world;
    if (!guard(localAddress, remoteAddress) || this.#calls.size >= maxConnections) {
      census.refused();
      reset(socket);
      return;
    }
    const node = population.find(formatAddress(socketAddress(localAddress!, localPort!)));
    if (node === undefined) {
      census.stray();
      reset(socket);
      return;
    }
    census.opened(node, now());
    this.#calls.set(socket, node);
    socket.on("close", () => {
      this.#calls.delete(socket);
      census.closed(node);
    });
    const line = new Line(socket);
    if (isThere(node)) behave({ node, line, world });
    else line.reset();
  }

  /** Resets a node's connections, or everybody's; resolves when they are closed. */
  async drop(node?: DevnetNode): Promise<void> {
    const sockets = Array.from(this.#calls.keys()).filter((socket) => node === undefined || node === this.#calls.get(socket));
    await Promise.all(
      sockets.map((socket) => {
        const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
        reset(socket);
        return closed;
      }),
    );
  }
}

const ignore = (): void => {};
