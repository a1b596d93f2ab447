/** Opening UDP and TCP on one port, for IPv4 and, where the machine has it, IPv6. */
import type { Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { TcpService } from "./tcp.ts";

/** With port 0 the system picks a TCP port; it may be taken for UDP. So often another is tried. */
export const PORT_ATTEMPTS = 20;

/** All interfaces of both families. */
export const ANY_HOST: readonly string[] = ["0.0.0.0", "::"];

/**
 * UDP sockets on one port, each with a queue of its own in the kernel, which deals them the clients by address and port. A flood from one
 * source then fills one queue, and the other clients still get through.
 */
export const UDP_SOCKETS = 8;

export interface Sockets {
  readonly port: number;
  close(): Promise<void>;
}

export interface Services {
  /** A socket that is not bound yet; `reusePort` lets several of them have one port. */
  readonly udp: (family: "udp4" | "udp6", reusePort: boolean) => UdpSocket;
  readonly tcp: () => TcpService;
}

/**
 * Binds every host to the same port, UDP and TCP. A host of a family the machine lacks is left out unless it is the only one.
 * Throws the system's error where a port cannot be had; nothing is left open then.
 */
export async function openSockets(hosts: readonly string[], port: number, services: Services): Promise<Sockets> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openAll(hosts, port, services);
    } catch (error) {
      if (port !== 0 || attempt >= PORT_ATTEMPTS || codeOf(error) !== "EADDRINUSE") throw error;
    }
  }
}

async function openAll(hosts: readonly string[], port: number, services: Services): Promise<Sockets> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.splice(0).map((closer) => closer()));
  };
  let bound = port;
  let opened = 0;
  let missing: unknown;
  try {
    for (const host of hosts) {
      try {
        bound = await openTcp(host, bound, services.tcp(), closers);
        await openUdpSockets(host, bound, services.udp, closers);
        opened++;
      } catch (error) {
        if (!FAMILY_MISSING.has(codeOf(error) ?? "")) throw error;
        missing = error;
      }
    }
    if (opened === 0) throw missing;
    return { port: bound, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const FAMILY_MISSING = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

async function openTcp(host: string, port: number, { server, cut }: TcpService, closers: (() => Promise<void>)[]): Promise<number> {
  const listening = once(server, "listening");
  server.listen({ host, port, ipv6Only: isIPv6(host) });
  await listening;
  server.on("error", survive);
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  );
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** As many as there should be, or one where the system does not let them share a port. TCP, which does not share, keeps other servers off it. */
async function openUdpSockets(host: string, port: number, create: Services["udp"], closers: (() => Promise<void>)[]): Promise<void> {
  const family = isIPv6(host) ? "udp6" : "udp4";
  try {
    for (let i = 0; i < UDP_SOCKETS; i++) await openUdp(host, port, create(family, true), closers);
  } catch (error) {
    if (codeOf(error) !== "ENOTSUP") throw error;
    await openUdp(host, port, create(family, false), closers);
  }
}

async function openUdp(host: string, port: number, socket: UdpSocket, closers: (() => Promise<void>)[]): Promise<void> {
  const listening = once(socket, "listening");
  socket.bind({ address: host, port });
  try {
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on("error", survive);
  closers.push(() => new Promise((resolve) => void socket.close(() => resolve())));
}

/** Errors of a socket that listens are about one client that could not be accepted or reached: the others are served on. */
function survive(): void {}
