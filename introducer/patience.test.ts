/** Clients that are slow, and too many of them: each ends by itself, and others are served. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTlsSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { connectClient, connectTls, request } from "./test-client.ts";
import { counted, ended, greeted, isServed, port, running, serve } from "./test-server.ts";

afterEach(() => running.close());

describe("clients that are slow", () => {
  it.each([
    ["says nothing", (): Socket => connect(port, "127.0.0.1")],
    [
      "stops in the middle of TLS",
      (): Socket => {
        const socket = connect(port, "127.0.0.1");
        socket.write(Uint8Array.of(0x16, 3, 1, 2, 0));
        return socket;
      },
    ],
    ["stops after TLS", (): Socket => connectTls(port)],
    [
      "drips its upgrade",
      (): Socket => {
        const tls = connectTls(port);
        tls.write("GET /ws HTTP/1.1\r\nX: ");
        const drip = setInterval(() => tls.write("x"), 20);
        tls.once("close", () => clearInterval(drip));
        return tls;
      },
    ],
  ])("one that %s is cut off in time", async (_, open) => {
    await serve({ handshakeTimeoutMs: 300 });
    await ended(open());
    await expect.poll(() => running.connections).toBe(0);
  });

  it("one that drips its TLS is cut off at the end of its life", async () => {
    await serve({ lifetimeMs: 400 });
    const socket = connect(port, "127.0.0.1");
    socket.write(Uint8Array.of(0x16, 3, 1, 2, 0));
    const drip = setInterval(() => socket.write(Uint8Array.of(1)), 20);
    await ended(socket);
    clearInterval(drip);
  });

  it("one that is upgraded and says nothing is cut off in time", async () => {
    await serve({ handshakeTimeoutMs: 300 });
    expect((await (await connectClient(port)).ended).code).toBe(1_006);
  });

  it("one that shakes hands and then idles is cut off in time, pings or not", async () => {
    await serve({ idleTimeoutMs: 1_000 });
    const client = await greeted();
    client.socket.ping();
    expect((await client.ended).code).toBe(1_006);
  });

  it("one that has shaken hands is not", async () => {
    await serve({ handshakeTimeoutMs: 1_000 });
    const client = await greeted();
    await (
      await connectClient(port)
    ).ended; // a whole such time later
    await client.ask(request());
    client.socket.terminate();
  });

  it("one that does not answer a goodbye is not waited for", async () => {
    await serve({ closeTimeoutMs: 100 });
    const client = await greeted();
    client.socket.pause();
    await running.close();
    expect(running.connections).toBe(0);
    await serve(); // for `afterEach` to close
    client.socket.terminate();
  });

  it("one that keeps asking is cut off at the end of its life", async () => {
    await serve({ lifetimeMs: 1_500, frames: 1_000_000 });
    const client = await greeted();
    const asking = setInterval(() => client.socket.send(request()), 20);
    expect((await client.ended).code).toBe(1_006);
    clearInterval(asking);
  });
});

describe("many clients", () => {
  it.each([{ connections: 2 }, { connectionsPerSource: 2 }])(
    "above the limit are refused, and served when there is room: %o",
    async (limits) => {
      await serve(limits);
      const [first] = [await greeted(), await greeted()];
      await ended(connect(port, "127.0.0.1"));
      expect(counted().refused).toBe(1);
      first.socket.terminate();
      await expect.poll(isServed).toBe(true);
    },
  );

  it("that come too often are refused", async () => {
    await serve({ arrivalBurst: 3 });
    for (let times = 0; times < 3; times++) expect(await isServed()).toBe(true);
    expect(await isServed()).toBe(false);
    expect(counted()).toMatchObject({ accepted: 3, refused: 1 });
  });

  it("that come and go at every stage leave nothing behind", async () => {
    await serve({ arrivalBurst: 1_000, connectionsPerSource: 1_000 });
    const visits = Array.from({ length: 60 }, async (_, i) => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      if (i % 3 === 0) socket.resetAndDestroy();
      else if (i % 3 === 1) {
        connectTlsSocket({ socket, rejectUnauthorized: false }).on("error", () => {});
        setImmediate(() => socket.destroy());
      } else {
        socket.end("\u0016\u0003\u0001");
      }
    });
    await Promise.all(visits);
    expect(await isServed()).toBe(true);
    await expect.poll(() => running.connections).toBe(0);
  });
});
