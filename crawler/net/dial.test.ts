import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { DialAborted, DialError, dialError, directDialer, LocalLimit } from "./dial.ts";
import { deadAddress, listen } from "./test-peer.ts";

const never = new AbortController().signal;
const failureOf = (dial: Promise<unknown>): Promise<unknown> =>
  dial.then(
    () => "connected",
    (error: unknown) => (error instanceof DialError ? error.failure : error),
  );

const because = (code: string): Error => dialError(Object.assign(new Error(code), { code }));

describe("directDialer", () => {
  it("connects, over a socket whose errors cannot end the process", async () => {
    await using peer = await listen(() => {});
    const socket = await directDialer.dial(peer.address, { timeoutMs: 5_000, signal: never });
    expect(socket.listenerCount("error")).toBe(1);
    socket.emit("error", new Error("reset"));
    socket.destroy();
  });

  it("says refused where nobody listens", async () => {
    expect(await failureOf(directDialer.dial(await deadAddress(), { timeoutMs: 5_000, signal: never }))).toBe("refused");
  });

  it("says unreachable where there is no way", async () => {
    const broadcast = parseAddress("255.255.255.255:9");
    expect(await failureOf(directDialer.dial(broadcast, { timeoutMs: 5_000, signal: never }))).toBe("unreachable");
  });

  it("tells what is wrong with the way from what we ran out of", () => {
    for (const code of ["EMFILE", "ENOBUFS"]) expect(because(code)).toBeInstanceOf(LocalLimit);
    // What Linux says of every IPv6 address where IPv6 is switched off: not ours to try again in a moment.
    for (const code of ["EADDRNOTAVAIL", "ENETUNREACH"]) expect(because(code)).toMatchObject({ name: "DialError", failure: "unreachable" });
  });

  it("says connect-timeout where nobody answers", async () => {
    // A stopped process with a full accept queue: the kernel drops further attempts.
    const script =
      "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })";
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = await once(child.stdout, "data");
      child.kill("SIGSTOP");
      const address = parseAddress(`127.0.0.1:${String(port).trim()}`);
      const dials = Array.from({ length: 8 }, () => directDialer.dial(address, { timeoutMs: 400, signal: never }));
      const outcomes = await Promise.all(dials.map((dial) => failureOf(dial)));
      for (const dial of await Promise.allSettled(dials)) if (dial.status === "fulfilled") dial.value.destroy();
      expect(new Set(outcomes)).toEqual(new Set(["connected", "connect-timeout"]));
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("breaks off when told, before or during the attempt", async () => {
    await using peer = await listen(() => {});
    const abort = new AbortController();
    const during = directDialer.dial(peer.address, { timeoutMs: 5_000, signal: abort.signal });
    abort.abort();
    await expect(during).rejects.toThrow(DialAborted);
    await expect(directDialer.dial(peer.address, { timeoutMs: 5_000, signal: abort.signal })).rejects.toThrow(DialAborted);
  });

  it("leaves no listener on a signal that outlives the dial", async () => {
    await using peer = await listen(() => {});
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    const socket = await directDialer.dial(peer.address, { timeoutMs: 5_000, signal });
    socket.destroy();
    await failureOf(directDialer.dial(await deadAddress(), { timeoutMs: 5_000, signal }));
    expect(listeners).toBe(0);
  });
});
