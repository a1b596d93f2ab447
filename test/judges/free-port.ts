/** Ports for programs that cannot pick one themselves. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that was free a moment ago. The judges run in a network namespace that is theirs alone, where nobody takes it
 * meanwhile, and where a port free for TCP is free for UDP.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new TypeError("a TCP server has an address and a port");
  return address.port;
}
