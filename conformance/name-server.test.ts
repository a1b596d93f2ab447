/** Asking name servers that answer, cut their answers, are slow to answer or never do. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openNameServer, UDP_ATTEMPTS } from "./name-server.ts";
import { TransportError } from "./transport.ts";

const QUERY = Uint8Array.of(0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const ANSWER = Uint8Array.of(0, 7, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const CUT = Uint8Array.of(0, 7, 0x86, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const LONG = new Uint8Array(60_000).fill(1);

const PATIENT_MS = 20_000;
const IMPATIENT_MS = 200;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

type Reply = (octets: Uint8Array) => void;

/** A name server on one port; what it does with the `count`th datagram and with each connection. */
async function listen(
  onUdp: (reply: Reply, count: number) => void,
  onTcp: (socket: Socket) => void = (socket) => socket.destroy(),
): Promise<URL> {
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    closing.push(() => socket.destroy());
    onTcp(socket);
  }).listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as { port: number };
  const udp = createSocket("udp4");
  let count = 0;
  udp.on("message", (_: Buffer, from: RemoteInfo) => onUdp((octets) => udp.send(octets, from.port, from.address), count++));
  udp.bind(port, "127.0.0.1");
  await once(udp, "listening");
  closing.push(
    () => void tcp.close(),
    () => void udp.close(),
  );
  return new URL(`dns://127.0.0.1:${port}`);
}

const ask = (url: URL, timeoutMs = PATIENT_MS, signal = new AbortController().signal): Promise<Uint8Array> =>
  openNameServer({ url, timeoutMs, signal })(QUERY);

/** Writes an answer in pieces that split its length. */
function pieces(socket: Socket, octets: Uint8Array): void {
  socket.once("data", () => {
    socket.write(Uint8Array.of(octets.length >> 8), () => socket.write(Buffer.concat([Uint8Array.of(octets.length & 0xff), octets])));
  });
}

describe("a name server", () => {
  it("is asked by UDP", async () => {
    expect(await ask(await listen((reply) => reply(ANSWER)))).toEqual(ANSWER);
  });

  it("is asked by TCP where its answer was cut", async () => {
    const url = await listen(
      (reply) => reply(CUT),
      (socket) => pieces(socket, LONG),
    );
    expect(await ask(url)).toEqual(LONG);
  });

  it("is asked again where a datagram is lost", async () => {
    const url = await listen((reply, count) => count > 0 && reply(ANSWER));
    expect(await ask(url, IMPATIENT_MS * (UDP_ATTEMPTS + 1))).toEqual(ANSWER);
  });

  it("is asked by TCP where no datagram is answered", async () => {
    let datagrams = 0;
    const url = await listen(
      () => datagrams++,
      (socket) => pieces(socket, ANSWER),
    );
    expect(await ask(url, IMPATIENT_MS * (UDP_ATTEMPTS + 1))).toEqual(ANSWER);
    expect(datagrams).toBe(UDP_ATTEMPTS);
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ["never answers", "timeout", (socket) => socket.resume()],
    ["stops in the middle of an answer", "timeout", (socket) => socket.write(Uint8Array.of(0, 9, 1))],
    ["closes in the middle of an answer", "closed", (socket) => socket.end(Uint8Array.of(0, 9, 1))],
  ])("that %s is given up: %s", async (_, failure, behave) => {
    const error = await ask(await listen(() => {}, behave), IMPATIENT_MS).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ failure });
  });

  it("is left alone where the user has had enough", async () => {
    const controller = new AbortController();
    const url = await listen(() => controller.abort(new Error("enough")));
    await expect(ask(url, PATIENT_MS, controller.signal)).rejects.toThrow("enough");
  });
});
