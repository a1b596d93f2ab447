import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Line, MAX_UNSENT_OCTETS } from "./line.ts";

const server = createServer();
let caller: Socket;
let socket: Socket;
let line: Line;

beforeEach(async () => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  caller = connect(typeof bound === "object" && bound !== null ? bound.port : 0, "127.0.0.1").pause();
  caller.on("error", () => {});
  [socket] = await once(server, "connection");
  socket.on("error", () => {});
  line = new Line(socket);
});

afterEach(async () => {
  caller.destroy();
  await new Promise((resolve) => void server.close(resolve));
});

const closed = (end: Socket) => new Promise<void>((resolve) => (end.destroyed ? resolve() : end.once("close", () => resolve())));

describe("a line", () => {
  it("knows its caller", () => {
    expect(line.caller).toEqual({ family: "ipv4", host: "127.0.0.1", port: caller.localPort });
  });

  it("sends what is left before it hangs up, and nothing after", async () => {
    line.send(Uint8Array.of(1, 2));
    line.hangUp();
    line.send(Uint8Array.of(3));
    const octets = await caller.toArray();
    expect(Buffer.concat(octets)).toEqual(Buffer.of(1, 2));
  });

  it("breaks off where the caller lets too much lie unread", async () => {
    const chunk = new Uint8Array(MAX_UNSENT_OCTETS / 4);
    while (!socket.destroyed) {
      line.send(chunk);
      expect(socket.destroyed || socket.writableLength <= MAX_UNSENT_OCTETS).toBe(true);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    caller.resume();
    await closed(caller);
    expect(caller.bytesRead).toBeGreaterThan(0);
  });

  it("pours no more than the caller reads", async () => {
    let poured = 0;
    line.pour(() => {
      poured++;
      return new Uint8Array(16 * 1024);
    });
    expect(poured).toBeGreaterThan(0);
    expect(socket.writableLength).toBeLessThanOrEqual(MAX_UNSENT_OCTETS);
    caller.resume();
    while (caller.bytesRead < 1_000_000) await once(caller, "data");
  });

  it("forgets what it was to do later once it is over", async () => {
    let done = 0;
    await new Promise<void>((resolve) => line.after(1, resolve));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      line.after(1_000, () => done++);
      caller.destroy();
      await closed(socket);
      line.after(1_000, () => done++);
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(2_000);
      expect(done).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
