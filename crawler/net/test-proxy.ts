/** A SOCKS5 proxy on loopback for tests: it treats every request as told, and keeps what it was asked. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { formatIpv4, formatIpv6 } from "../../schema/ip.ts";
import type { PeerAddress } from "../../schema/address.ts";
import type { Proxy } from "./proxy.ts";

export interface ProxyRequest {
  readonly host: string;
  readonly port: number;
  /** Undefined where the client did not offer to log in. */
  readonly login: string | undefined;
}

/** What becomes of a request: a tunnel to an address of loopback, a reply by its code, nothing at all, or a closed connection. */
export type Treatment = { readonly to: Pick<PeerAddress, "host" | "port"> } | { readonly reply: number } | "silence" | "hang-up";

export interface TestProxy extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly requests: readonly ProxyRequest[];
  /** Connections open now. */
  readonly open: () => number;
}

const GRANTED = Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0);
const refused = (code: number): Uint8Array => Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);

/** Starts a proxy on a free port. With `password` it lets in nobody who does not log in by it. */
export async function startTestProxy(
  treat: (request: ProxyRequest) => Treatment,
  options: { readonly password?: string; readonly port?: number } = {},
): Promise<TestProxy> {
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket);
    serve(socket, options.password, treat, requests, keep).catch(() => socket.destroy());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("not listening on TCP");
  return {
    proxy: { host: "127.0.0.1", port: bound.port },
    requests,
    open: () => sockets.size,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

async function serve(
  socket: Socket,
  password: string | undefined,
  treat: (request: ProxyRequest) => Treatment,
  requests: ProxyRequest[],
  keep: (socket: Socket) => void,
): Promise<void> {
  const take = reader(socket);
  const [, count = 0] = await take(2);
  const methods = await take(count);
  let login: string | undefined;
  if (methods.includes(2)) {
    socket.write(Uint8Array.of(5, 2));
    const [, nameLength = 0] = await take(2);
    const name = await take(nameLength);
    const secret = await take((await take(1))[0] ?? 0);
    login = `${name.toString()}:${secret.toString()}`;
    const welcome = password === undefined || secret.toString() === password;
    socket.write(Uint8Array.of(1, welcome ? 0 : 1));
    if (!welcome) return;
  } else {
    socket.write(Uint8Array.of(5, password === undefined ? 0 : 0xff));
    if (password !== undefined) return;
  }
  const [, , , type = 0] = await take(4);
  const host = await readHost(type, take);
  const port = (await take(2)).readUInt16BE();
  const request = { host, port, login };
  requests.push(request);
  const treatment = treat(request);
  if (treatment === "silence") return;
  if (treatment === "hang-up") {
    socket.end();
    return;
  }
  if ("reply" in treatment) {
    socket.end(refused(treatment.reply));
    return;
  }
  const upstream = connect(treatment.to);
  keep(upstream);
  try {
    await once(upstream, "connect");
  } catch {
    socket.end(refused(5));
    return;
  }
  socket.write(GRANTED);
  socket.on("close", () => upstream.destroy());
  upstream.on("close", () => socket.destroy());
  upstream.write(take.rest());
  socket.pipe(upstream).pipe(socket);
}

async function readHost(type: number, take: (octets: number) => Promise<Buffer>): Promise<string> {
  if (type === 1) return formatIpv4(await take(4));
  if (type === 4) return formatIpv6(await take(16));
  return (await take((await take(1))[0] ?? 0)).toString();
}

/** Takes so many octets off a socket, waiting until they are there; `rest` takes what came beyond them and ends it. */
function reader(socket: Socket): { (octets: number): Promise<Buffer>; rest(): Buffer } {
  let held = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => void (held = Buffer.concat([held, bytes]));
  socket.on("data", onData);
  const take = async (octets: number): Promise<Buffer> => {
    while (held.length < octets) await once(socket, "data");
    const taken = held.subarray(0, octets);
    held = held.subarray(octets);
    return taken;
  };
  return Object.assign(take, {
    rest: () => {
      socket.off("data", onData);
      return held;
    },
  });
}
