/** The listeners of a devnet: the only sockets it holds while nobody calls. */
import { createServer, type Server, type Socket } from "node:net";
import { DevnetConfigError, isLoopback, MAX_PORT_NODES, type DevnetConfig } from "./config.ts";
import { ipv6Listeners, type Ground } from "./places.ts";

/** A devnet that cannot start, or an address at which it has no node. */
export class DevnetError extends Error {
  override name = "DevnetError";
}

/** Open listeners, and where nodes can therefore live. */
export interface Listeners {
  readonly ground: Ground;
  readonly servers: readonly Server[];
  /** For people: what this system does not allow. */
  readonly notes: readonly string[];
}

/** Callers that may wait to be accepted: a crawler dials hundreds at once. The system may allow fewer. */
const BACKLOG = 4_096;

/** With a port of the system's choice, the same number may be taken in the other family. */
const ATTEMPTS = 5;

/** An address of 127.0.0.0/8 that is local only where all of them are: macOS has only 127.0.0.1. */
const ODD_LOOPBACK = "127.1.2.3";

/**
 * Opens the listeners of a devnet on `port` (0: any) and those beside it. Throws `DevnetError` where a port is in use,
 * `DevnetConfigError` where there are too many nodes for a port each.
 */
export async function openListeners(config: DevnetConfig, port: number, onCall: (socket: Socket) => void): Promise<Listeners> {
  const spread =
    config.layout === "spread" || (config.layout === "auto" && (!isLoopback(config.ipv4Prefix) || (await isLocal(ODD_LOOPBACK))));
  for (let attempt = 1; ; attempt++) {
    const opened = new Opened(onCall);
    try {
      return await (spread ? spreadListeners(config, port, opened) : portListeners(config, port, opened));
    } catch (error) {
      await closeServers(opened.servers);
      if (errorCode(error) !== "EADDRINUSE") throw error;
      if (port !== 0 || attempt === ATTEMPTS)
        throw new DevnetError("a port of the devnet is in use; choose another, or 0 for any", { cause: error });
    }
  }
}

/** Closes servers, and waits for their connections to end. */
export async function closeServers(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}

class Opened {
  readonly servers: Server[] = [];
  readonly #onCall: (socket: Socket) => void;

  constructor(onCall: (socket: Socket) => void) {
    this.#onCall = onCall;
  }

  /** Listens, and gives the port. */
  async listen(host: string, port: number): Promise<number> {
    const server = createServer(this.#onCall);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: BACKLOG, ipv6Only: host.includes(":"), exclusive: true }, resolve);
    });
    server.removeAllListeners("error");
    server.on("error", ignore); // out of file descriptors: the system closed that call, and the next may do better
    this.servers.push(server);
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new DevnetError("the listener has no port");
    return bound.port;
  }
}

const ignore = (): void => {};

async function spreadListeners(config: DevnetConfig, wanted: number, opened: Opened): Promise<Listeners> {
  const port = await opened.listen("0.0.0.0", wanted);
  const beside = (i: number): number => (wanted === 0 ? 0 : wanted + i);
  const oddPorts: number[] = [];
  for (let i = 1; i <= config.oddPorts; i++) oddPorts.push(await opened.listen("0.0.0.0", beside(i)));
  const ipv6Ports: number[] = [];
  const notes: string[] = [];
  try {
    const host = config.ipv6Prefix === undefined ? "::1" : "::";
    for (let i = 0; i < ipv6Listeners(config); i++) ipv6Ports.push(await opened.listen(host, i === 0 ? port : beside(i)));
  } catch (error) {
    if (!NO_IPV6.has(errorCode(error))) throw error;
    notes.push("this system has no IPv6 loopback: all nodes have IPv4 addresses");
  }
  return { ground: { layout: "spread", port, oddPorts, ipv6Ports }, servers: opened.servers, notes };
}

/** What listening on `::1` fails with where IPv6 is missing or switched off. */
const NO_IPV6: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

async function portListeners(config: DevnetConfig, wanted: number, opened: Opened): Promise<Listeners> {
  if (config.nodes > MAX_PORT_NODES)
    throw new DevnetConfigError(`devnet: nodes: at most ${MAX_PORT_NODES} where each needs a port of its own`);
  const ports: number[] = [];
  for (let i = 0; i < config.nodes; i++) ports.push(await opened.listen("127.0.0.1", wanted === 0 ? 0 : wanted + i));
  const notes = ["127.0.0.0/8 is not wholly local here, or not wanted: every node is 127.0.0.1 with a port of its own"];
  return { ground: { layout: "ports", ports }, servers: opened.servers, notes };
}

/** Whether nodes can listen on an address. */
async function isLocal(host: string): Promise<boolean> {
  const probe = new Opened(ignore);
  try {
    await probe.listen(host, 0);
    return true;
  } catch (error) {
    if (errorCode(error) === "EADDRNOTAVAIL") return false;
    throw error;
  } finally {
    await closeServers(probe.servers);
  }
}

const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
