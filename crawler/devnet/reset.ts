/** How the devnet breaks a connection off. */
import type { Socket } from "node:net";

/**
 * Closes a socket so that the caller sees a reset (RST). One that has begun to end is destroyed instead: Node cannot reset a handle that is
 * shutting down, and such a socket would never say that it is closed.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
