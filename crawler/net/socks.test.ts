import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { DialAborted, DialError, ProxyError } from "./dial.ts";
import type { Proxy } from "./proxy.ts";
import { OVERLAY_TIMEOUT_MS, socksDialer, type SocksDialer } from "./socks.ts";
import { deadAddress, listen } from "./test-peer.ts";
import { startTestProxy, type Treatment } from "./test-proxy.ts";

const ONION = parseAddress(`${"a".repeat(56)}.onion:8333`);
const never = new AbortController().signal;
const OPTIONS = { timeoutMs: 5_000, signal: never };

const dialerOf = (proxy: Proxy, isolate = true): SocksDialer => socksDialer({ proxy, families: ["onion"], isolate });

/** How a dial ended: the failure that a report would state, or what went wrong with us. */
async function outcome(dial: Promise<Socket>): Promise<string> {
  try {
    (await dial).destroy();
    return "connected";
  } catch (error) {
    if (error instanceof DialError) return error.failure;
    if (error instanceof ProxyError) return error.message.replace(/^proxy \S+ /, "proxy ");
    throw error;
  }
}

async function treated(treatment: Treatment): Promise<string> {
  await using server = await startTestProxy(() => treatment);
  return await outcome(dialerOf(server.proxy).dial(ONION, OPTIONS));
}

describe("socksDialer", () => {
  it("has the proxy resolve the name and pass on what is said, the peer's first words too", async () => {
    await using peer = await listen((socket) => void socket.write("welcome"));
    await using server = await startTestProxy(() => ({ to: peer.address }));
    const socket = await dialerOf(server.proxy).dial(ONION, OPTIONS);
    const [first] = await once(socket, "data");
    expect(String(first)).toBe("welcome");
    expect(server.requests).toMatchObject([{ host: ONION.host, port: 8_333 }]);
    expect(socket.listenerCount("error")).toBe(1);
    socket.destroy();
  });

  it("loses nothing that comes in one packet with the proxy's reply", async () => {
    await using proxy = await listen((socket) => {
      socket.once("data", () => {
        socket.write(Uint8Array.of(5, 0));
        socket.once("data", () => socket.write(Buffer.concat([Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0), Buffer.from("welcome")])));
      });
    });
    const socket = await dialerOf(proxy.address, false).dial(ONION, OPTIONS);
    const [first] = await once(socket, "data");
    expect(String(first)).toBe("welcome");
    socket.destroy();
  });

  it("names IP addresses as such, and I2P destinations at port 0", async () => {
    await using server = await startTestProxy(() => ({ reply: 5 }));
    const texts = ["1.2.3.4:8333", "[2a01:4f8::1]:8333", "[fc00::1]:8333", `${"b".repeat(51)}a.b32.i2p:0`];
    for (const text of texts) expect(await outcome(dialerOf(server.proxy).dial(parseAddress(text), OPTIONS))).toBe("refused");
    expect(server.requests.map(({ host, port }) => ({ host, port }))).toEqual(
      texts.map((text) => parseAddress(text)).map(({ host, port }) => ({ host, port })),
    );
  });

  it("logs in by a new name at each connection, by its own where it has one, and not at all where that is of no use", async () => {
    await using server = await startTestProxy(() => ({ reply: 5 }));
    const isolating = dialerOf(server.proxy);
    for (let i = 0; i < 3; i++) await outcome(isolating.dial(ONION, OPTIONS));
    const logins = server.requests.map(({ login }) => login);
    expect(new Set(logins).size).toBe(3);
    for (const login of logins) expect(login).toMatch(/^[0-9a-f]{32}:[0-9a-f]{32}$/);
    await outcome(dialerOf({ ...server.proxy, credentials: { username: "me", password: "sesame" } }).dial(ONION, OPTIONS));
    await outcome(dialerOf(server.proxy, false).dial(ONION, OPTIONS));
    expect(server.requests.slice(3).map(({ login }) => login)).toEqual(["me:sesame", undefined]);
  });

  it("tells by the proxy's reply what became of the peer", async () => {
    const replies: Record<number, string> = {
      0x01: "unreachable",
      0x02: "unreachable",
      0x03: "unreachable",
      0x04: "unreachable",
      0x05: "refused",
      0x06: "connect-timeout",
      0x08: "unreachable",
      0x5a: "unreachable",
      0xf0: "unreachable",
      0xf3: "unreachable",
      0xf4: "refused",
      0xf6: "unreachable",
      0xf7: "connect-timeout",
    };
    for (const [code, failure] of Object.entries(replies)) expect(await treated({ reply: Number(code) }), code).toBe(failure);
    expect(await treated({ to: await deadAddress() })).toBe("refused");
  });
});

describe("a proxy that fails", () => {
  it("is not the peer's fault, and is said until it answers again", async () => {
    const { port } = await deadAddress();
    const dialer = dialerOf({ host: "127.0.0.1", port });
    expect(dialer.trouble()).toBeUndefined();
    expect(await outcome(dialer.dial(ONION, OPTIONS))).toBe("proxy cannot be reached (refused)");
    expect(dialer.trouble()).toBe(`proxy 127.0.0.1:${port} cannot be reached (refused)`);
    await using server = await startTestProxy(() => ({ reply: 4 }), { port });
    expect(await outcome(dialer.dial(ONION, OPTIONS))).toBe("unreachable");
    expect(server.requests).toHaveLength(1);
    expect(dialer.trouble()).toBeUndefined();
  });

  it("may let us in by no log-in, or not by ours, of which nothing is said", async () => {
    await using server = await startTestProxy(() => ({ reply: 5 }), { password: "sesame" });
    expect(await outcome(dialerOf(server.proxy, false).dial(ONION, OPTIONS))).toBe("proxy lets nobody in who logs in as we do");
    const dialer = dialerOf({ ...server.proxy, credentials: { username: "me", password: "hunter2" } });
    const error: unknown = await dialer.dial(ONION, OPTIONS).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProxyError);
    expect(String(error)).toMatch(/refused the user name and password$/);
    expect(error).not.toHaveProperty("cause");
    expect(JSON.stringify(error) + dialer.trouble()).not.toContain("hunter2");
  });

  it.each([
    ["proxy is no SOCKS5 proxy", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["proxy asks for a log-in that we did not offer", "\x05\x01"],
    ["proxy hung up", "\x05"],
    ["proxy hung up", "\x05\x02\x01"],
    ["proxy hung up", "\x05\x00\x05"],
    ["proxy gave half an answer", "\x05\x00\x04\x00\x00\x01\x00"],
    ["proxy gave half an answer", "\x05\x00\x05\x00\x00\x01\x00"],
    ["proxy makes no connections", "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"],
  ])("%s where it says %j", async (message, words) => {
    await using proxy = await listen((socket) => void socket.once("data", () => socket.end(words, "latin1")));
    expect(await outcome(dialerOf(proxy.address).dial(ONION, OPTIONS))).toBe(message);
  });

  it("may hang up on a request", async () => {
    expect(await treated("hang-up")).toBe("proxy hung up");
  });
});

describe("an end before there is an answer", () => {
  it("comes after the longer wait that overlays need, and says whether proxy or peer was silent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const greeted = Promise.withResolvers<void>();
    await using mute = await listen((socket) => void socket.once("data", () => greeted.resolve()));
    const asked = Promise.withResolvers<void>();
    await using server = await startTestProxy(() => (asked.resolve(), "silence"));
    const ends = Promise.all(
      [mute.address, server.proxy].map((proxy) => outcome(dialerOf(proxy).dial(ONION, { timeoutMs: 1, signal: never }))),
    );
    await Promise.all([greeted.promise, asked.promise]);
    vi.advanceTimersByTime(OVERLAY_TIMEOUT_MS - 1);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    expect(mute.open() + server.open()).toBe(2);
    vi.advanceTimersByTime(1);
    expect(await ends).toEqual(["proxy does not answer", "connect-timeout"]);
  });

  it("comes by the signal, whatever the proxy is doing, and leaves nothing open", async () => {
    const abort = new AbortController();
    await using mute = await listen(() => {});
    await expect(dialerOf(mute.address).dial(ONION, { timeoutMs: 1, signal: AbortSignal.abort() })).rejects.toThrow(DialAborted);
    const greeting = dialerOf(mute.address).dial(ONION, { ...OPTIONS, signal: abort.signal });
    await expect.poll(() => mute.open()).toBe(1);
    const asked = Promise.withResolvers<void>();
    await using server = await startTestProxy(() => (asked.resolve(), "silence"));
    const asking = dialerOf(server.proxy).dial(ONION, { ...OPTIONS, signal: abort.signal });
    await asked.promise;
    abort.abort();
    for (const end of await Promise.allSettled([greeting, asking])) expect(end).toMatchObject({ reason: { name: "DialAborted" } });
    await expect.poll(() => mute.open() + server.open()).toBe(0);
  });

  it("leaves no listener on a signal that outlives the dial", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    await using peer = await listen(() => {});
    await using server = await startTestProxy(({ port }) => (port === 1 ? { to: peer.address } : { reply: 4 }));
    const dialer = dialerOf(server.proxy);
    const socket = await dialer.dialName("peer.example", 1, { timeoutMs: 5_000, signal });
    expect(socket.listenerCount("data") + socket.listenerCount("close")).toBe(0);
    socket.destroy();
    await outcome(dialer.dialName("peer.example", 2, { timeoutMs: 5_000, signal }));
    expect(listeners).toBe(0);
  });
});
