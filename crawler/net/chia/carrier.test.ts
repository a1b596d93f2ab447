/** The carrier against real TLS servers, honest and hostile. */
import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import type { ProbeFailure } from "../../../schema/report.ts";
import { ERROR_CLOSE_CODE } from "../../protocols/chia/error.ts";
import { CHIA_LIMITS } from "../../protocols/chia/limits.ts";
import type { Carrier, Channel, ChannelFault } from "../channel.ts";
import { DialAborted, directDialer } from "../dial.ts";
import { listen, type TestPeer } from "../test-peer.ts";
import { chiaCarrier } from "./carrier.ts";
import { CertificateError, loadCertificate, type ChiaCertificate } from "./certificate.ts";
import { issuePair, listenTls, listenWebSocket, newAuthority } from "./test-node.ts";
import type { Authority } from "./authority.ts";

/** Long enough for whoever answers, and for stalls short enough to wait for. */
const PATIENCE_MS = 20_000;
const STALL_MS = 150;
/** Between two octets of a node that drips. */
const DRIP_MS = 10;

let authority: Authority;
let ours: ChiaCertificate;
let good: SecureContextOptions;
let carrier: Carrier;
const peers: TestPeer[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  authority = await newAuthority();
  ours = await loadCertificate({ authority });
  good = { ...(await issuePair(authority)), minVersion: "TLSv1.3" };
  carrier = chiaCarrier(() => Promise.resolve(ours));
});

/** Whatever happened, nothing is left open on either side. */
afterEach(async () => {
  for (const socket of sockets.splice(0)) expect(socket.destroyed).toBe(true);
  for (const peer of peers.splice(0)) {
    while (peer.open() > 0) await setImmediate();
    await peer[Symbol.asyncDispose]();
  }
});

async function open(listening: Promise<TestPeer>, { timeoutMs = PATIENCE_MS, abort = new AbortController() } = {}): Promise<Channel> {
  const peer = await listening;
  if (!peers.includes(peer)) peers.push(peer);
  const options = { timeoutMs, signal: abort.signal };
  const socket = await directDialer.dial(peer.address, options);
  sockets.push(socket);
  try {
    return await carrier(socket, { ...options, address: peer.address });
  } finally {
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** What a channel told until it ended; long messages as themselves, short ones as text. */
async function listenTo(channel: Channel): Promise<{ data: (string | Uint8Array)[]; fault: ChannelFault | undefined }> {
  const data: (string | Uint8Array)[] = [];
  const fault = await new Promise<ChannelFault | undefined>((end) => {
    channel.listen({ data: (bytes) => void data.push(bytes.length < 100 ? text(bytes) : bytes), end });
  });
  return { data, fault };
}

const overWebSocket = (behave: Parameters<typeof listenWebSocket>[1]): Promise<Channel> => open(listenWebSocket(good, behave));

describe("a node", () => {
  it("is reached at /ws without compression, and each message stays one", async () => {
    const asked: unknown[] = [];
    const channel = await overWebSocket((socket, tls, request) => {
      asked.push(request.url, tls.getProtocol(), request.headers["sec-websocket-extensions"], request.headers["sec-websocket-protocol"]);
      asked.push(tls.getPeerX509Certificate()?.fingerprint256);
      socket.on("message", (data, isBinary) => isBinary && socket.send(data));
    });
    expect(asked).toEqual(["/ws", "TLSv1.3", undefined, undefined, ours.fingerprint]);
    const heard: string[] = [];
    await new Promise<void>((done) => {
      const data = (bytes: Uint8Array): void => {
        heard.push(text(bytes));
        if (heard.length === 3) done();
      };
      channel.listen({ data, end: () => done() });
      channel.send([Buffer.from("one"), Buffer.from(""), Buffer.from("three")]);
    });
    expect(heard).toEqual(["one", "", "three"]);
    channel.destroy();
  });

  it("is heard in full though nobody listened yet when it spoke and left", async () => {
    const departures: unknown[] = [];
    const channel = await overWebSocket((socket) => {
      socket.send(Buffer.from("early"));
      socket.send(Buffer.from("bird"), () => socket.terminate());
      socket.on("close", (code) => departures.push(code));
    });
    while (departures.length === 0) await setImmediate();
    const { data, fault } = await listenTo(channel);
    expect(data).toEqual(["early", "bird"]);
    expect(fault).toBeUndefined();
  });

  it("is reached too where it has only an older key exchange", async () => {
    const channel = await open(
      listenWebSocket({ ...good, ecdhCurve: "P-384" }, (socket) => socket.send(Buffer.from("hello"), () => socket.close())),
    );
    expect((await listenTo(channel)).data).toEqual(["hello"]);
  });

  it("is not bothered after destroy, nor are we", async () => {
    const codes: number[] = [];
    const channel = await overWebSocket((socket) => socket.on("close", (code) => codes.push(code)));
    let ends = 0;
    channel.listen({ data: () => {}, end: () => ends++ });
    channel.destroy();
    channel.destroy();
    channel.send([new Uint8Array(1)]);
    while (codes.length === 0) await setImmediate();
    expect(codes).toEqual([1_000]); // we said goodbye
    expect(ends).toBe(0);
  });
});

const END = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const answer = (octets: string | Uint8Array) => () => listenTls(good, (tls) => void tls.write(octets));

/** Nodes that never get as far as a session, by what they do and what it is called. */
const UNREACHABLE: readonly (readonly [string, ProbeFailure, () => Promise<TestPeer>])[] = [
  ["has a certificate of another authority", "tls-failed", async () => listenTls(await issuePair(await newAuthority()), () => {})],
  [
    "names our authority, but is not signed by it",
    "tls-failed",
    async () => listenTls(await issuePair(await newAuthority("CN=Ours")), () => {}),
  ],
  ["has an expired certificate", "tls-failed", async () => listenTls(await issuePair(authority, new Date(Date.now() - 1_000)), () => {})],
  ["has no certificate", "tls-failed", () => listenTls({}, () => {})],
  ["has no TLS 1.3", "tls-failed", () => listenTls({ ...good, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }, () => {})],
  ["is ourselves", "self", () => listenTls({ cert: ours.certPem, key: ours.keyPem }, () => {})],
  ["says nothing", "handshake-timeout", () => listen(() => {})],
  ["hangs up at once", "closed", () => listen((socket) => socket.end())],
  ["resets at our first octets", "closed", () => listen((socket) => socket.once("data", () => socket.resetAndDestroy()))],
  ["hangs up in the middle of TLS", "closed", () => listen((socket) => socket.once("data", () => socket.end(Uint8Array.of(22, 3, 3))))],
  ["speaks first, and no TLS", "malformed", () => listen((socket) => socket.write("SSH-2.0-OpenSSH_9.9\r\n"))],
  [
    "answers in plain HTTP",
    "malformed",
    () => listen((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
  ],
  ["sends random octets", "malformed", () => listen((socket) => socket.write(Buffer.alloc(60_000, 0xa5)))],
  ["stalls after TLS", "handshake-timeout", answer("")],
  ["drips headers", "handshake-timeout", () => listenTls(good, drip)],
  ["hangs up after TLS", "closed", () => listenTls(good, (tls) => tls.end())],
  ["resets after TLS", "closed", () => listenTls(good, (tls) => tls.destroy())],
  ["has banned us", "closed", answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")],
  ["is broken", "closed", answer("HTTP/1.1 500 Oops\r\nContent-Length: 5000000\r\n\r\nxxx")],
  ["is a web site", "malformed", answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")],
  ["sends us elsewhere", "malformed", answer("HTTP/1.1 302 Found\r\nLocation: wss://127.0.0.1:1/\r\n\r\n")],
  ["upgrades without the proof", "malformed", answer(END)],
  ["upgrades to something else", "malformed", answer(END.replace("websocket", "h2c"))],
  ["speaks no HTTP inside", "malformed", answer(Buffer.alloc(5_000, 0xa5))],
  ["has endless headers", "malformed", answer(`HTTP/1.1 101 x\r\n${"a: b\r\n".repeat(20_000)}`)],
];

/** One octet of a header every few milliseconds: never enough of them, in the time that is given, to be too many. */
function drip(tls: TLSSocket): void {
  tls.write("HTTP/1.1 101 x\r\na: ");
  const timer = setInterval(() => void (tls.writable && tls.write("b")), DRIP_MS);
  tls.once("close", () => clearInterval(timer));
}

describe.each(UNREACHABLE)("a node that %s", (_, failure, listening) => {
  it(`is called ${failure}`, async () => {
    const timeoutMs = failure === "handshake-timeout" ? STALL_MS : PATIENCE_MS;
    await expect(open(listening(), { timeoutMs })).rejects.toMatchObject({ name: "DialError", failure });
  });
});

/** A frame from a server: its first octet, and a length that need not be true. */
const frame = (first: number, length: number, ...payload: number[]): Uint8Array => {
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Uint8Array.from(payload)]);
};
const BINARY = 0x82;
const COMPRESSED = 0x40;

describe.each<[string, ProbeFailure | undefined, (socket: WebSocket, tls: TLSSocket) => void]>([
  ["sends 50 MB", "flooding", (_, tls) => void tls.write(frame(BINARY, 50_000_000, 1, 2, 3))],
  ["sends one octet too much", "flooding", (socket) => socket.send(new Uint8Array(CHIA_LIMITS.message + 1))],
  ["claims 2^60 octets", "flooding", (_, tls) => void tls.write(frame(BINARY, 2 ** 60))],
  ["sends a bomb, compressed though nobody agreed to it", "malformed", (_, tls) => void tls.write(frame(BINARY | COMPRESSED, 3, 1, 2, 3))],
  ["sends text", "malformed", (socket) => socket.send("hello")],
  ["masks its frames", "malformed", (_, tls) => void tls.write(Uint8Array.of(BINARY, 0x81, 1, 2, 3, 4, 5))],
  ["uses an unknown opcode", "malformed", (_, tls) => void tls.write(Uint8Array.of(0x83, 0))],
  ["never ends its message", "flooding", (_, tls) => fragments(tls)],
  ["pings without end", "flooding", (socket) => pings(socket)],
  ["says that we are of another network", "wrong-network", (socket) => socket.close(ERROR_CLOSE_CODE, "110")],
  ["did not like our handshake", "closed", (socket) => socket.close(ERROR_CLOSE_CODE, "-6")],
  ["says goodbye", undefined, (socket) => socket.close(1_000)],
  ["says goodbye and stays", undefined, (_, tls) => void tls.write(Uint8Array.of(0x88, 2, 3, 0xe8))],
  ["breaks off", undefined, (socket) => socket.terminate()],
  ["resets in the middle of a message", undefined, (_, tls) => void tls.write(frame(BINARY, 1_000, 1), () => tls.destroy())],
])("a connected node that %s", (_, failure, behave) => {
  it(`ends with ${failure ?? "no fault"}`, async () => {
    const channel = await overWebSocket(behave);
    const { data, fault } = await listenTo(channel);
    expect(data).toEqual([]);
    expect(fault?.failure).toBe(failure);
  });
});

function fragments(tls: TLSSocket): void {
  tls.write(Uint8Array.of(0x02, 1, 1)); // binary, not final
  for (let i = 0; i < 100; i++) tls.write(Uint8Array.of(0x00, 1, 1));
}

function pings(socket: WebSocket): void {
  for (let i = 0; i < 1_000; i++) socket.ping();
}

it("takes a message as large as is allowed", async () => {
  const channel = await overWebSocket((socket) => socket.send(new Uint8Array(CHIA_LIMITS.message), () => socket.close(1_000)));
  const { data, fault } = await listenTo(channel);
  expect(data.map(({ length }) => length)).toEqual([CHIA_LIMITS.message]);
  expect(fault).toBeUndefined();
});

describe("breaking off", () => {
  it.each<[string, (reached: () => void) => Promise<TestPeer>]>([
    ["before TLS", (reached) => listen(() => reached())],
    ["in the middle of TLS", (reached) => listen((socket) => socket.once("data", () => reached()))],
    ["during the upgrade", (reached) => listenTls(good, (tls) => tls.once("data", () => reached()))],
  ])("%s", async (_, listening) => {
    const abort = new AbortController();
    await expect(
      open(
        listening(() => abort.abort()),
        { abort },
      ),
    ).rejects.toBeInstanceOf(DialAborted);
  });

  it("before it began", async () => {
    const peer = await listen(() => {});
    peers.push(peer);
    const socket = await directDialer.dial(peer.address, { timeoutMs: PATIENCE_MS, signal: new AbortController().signal });
    sockets.push(socket);
    const begun = carrier(socket, { address: peer.address, timeoutMs: PATIENCE_MS, signal: AbortSignal.abort() });
    await expect(begun).rejects.toBeInstanceOf(DialAborted);
  });
});

it("tells what is wrong with our own certificate, and leaves nothing open", async () => {
  const peer = await listen(() => {});
  peers.push(peer);
  const options = { address: peer.address, timeoutMs: PATIENCE_MS, signal: new AbortController().signal };
  const socket = await directDialer.dial(peer.address, options);
  sockets.push(socket);
  const broken = chiaCarrier(() => loadCertificate({ own: { certFile: "/none", keyFile: "/none" } }));
  await expect(broken(socket, options)).rejects.toBeInstanceOf(CertificateError);
});
