/** Clients that are not who they should be, that send too much, too slowly, or nothing: each ends by itself, and others are served. */
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { webcrypto } from "node:crypto";
import { connect as connectTlsSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportKey, issueCertificate, newRsaKey } from "../crawler/net/chia/issue.ts";
import { DEVNET_CHIA } from "../schema/networks/devnet.ts";
import { Counters, type Counts } from "./counters.ts";
import { INTRODUCER_LIMITS, type IntroducerLimits } from "./limits.ts";
import { introducerServer, type IntroducerServer } from "./server.ts";
import { IntroducerSession } from "./session.ts";
import { AUTHORITY, CERTIFICATE, connectClient, connectTls, greeting, request, type TestClient } from "./test-client.ts";

let running: IntroducerServer;
let counters: Counters;
let port: number;

/** Starts a server with some limits changed. */
async function serve(limits: Partial<IntroducerLimits> = {}): Promise<void> {
  counters = new Counters();
  const context = {
    network: DEVNET_CHIA,
    softwareVersion: "x",
    port: 0,
    sample: () => [{ host: "203.0.113.7", port: 8444, timestamp: 0n }],
  };
  running = introducerServer({
    certificate: { ...CERTIFICATE, authorityPem: AUTHORITY.certPem },
    limits: { ...INTRODUCER_LIMITS, ...limits },
    counters,
    session: () => new IntroducerSession(context),
    nowMs: () => 0,
  });
  running.server.listen(0, "127.0.0.1");
  await once(running.server, "listening");
  ({ port } = running.server.address() as AddressInfo);
}

const counted = (): Partial<Counts> => Object.fromEntries(Object.entries(counters.read()).filter(([, count]) => count > 0));
const ended = (socket: Socket): Promise<void> =>
  new Promise(
    (resolve) =>
      void socket
        .on("error", () => {})
        .resume()
        .once("close", () => resolve()),
  );
async function greeted(): Promise<TestClient> {
  const client = await connectClient(port);
  await client.ask(greeting());
  return client;
}
/** A good client is served. */
async function isServed(): Promise<boolean> {
  try {
    const client = await greeted();
    await client.ask(request());
    client.socket.terminate();
    return true;
  } catch {
    return false;
  }
}

afterEach(() => running.close());

describe("TLS", () => {
  beforeEach(() => serve());

  it("refuses a client without a certificate", async () => {
    await expect(connectClient(port, { cert: undefined, key: undefined })).rejects.toMatchObject({
      code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    });
    expect(counted()).toEqual({ accepted: 1, "tls-failed": 1 });
  });

  it.each(["another authority", "another time"])("refuses a certificate of %s", async (wrong) => {
    const { publicKey, privateKey } = await newRsaKey();
    const key = await exportKey(privateKey);
    const { subtle } = webcrypto;
    const p256 = { name: "ECDSA", namedCurve: "P-256" };
    const pem = Buffer.from((AUTHORITY.keyPem ?? "").replace(/-----[^-]+-----/g, ""), "base64");
    const signingKey = wrong === "another authority" ? privateKey : await subtle.importKey("pkcs8", pem, p256, false, ["sign"]);
    const issuer = "CN=Seedcast devnet CA, O=Seedcast";
    const [notBefore, notAfter] = [new Date("2020-01-01"), new Date(wrong === "another time" ? "2021-01-01" : "2100-01-01")];
    const cert = await issueCertificate({ subject: "CN=Chia", issuer, publicKey, signingKey, notBefore, notAfter, dnsName: "chia.net" });
    await expect(connectClient(port, { cert, key })).rejects.toThrow(/hang up|ECONNRESET/);
    expect(counted()).toEqual({ accepted: 1, "tls-failed": 1 });
    expect(await isServed()).toBe(true);
  });

  it("refuses TLS 1.2, and what is no TLS", async () => {
    await expect(connectClient(port, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" })).rejects.toThrow("alert protocol version");
    const plain = connect(port, "127.0.0.1");
    plain.write("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
    await ended(plain);
    expect(counted()).toEqual({ accepted: 2, "tls-failed": 2 });
  });

  it("shows a certificate of the authority's", async () => {
    const tls = connectTls(port);
    await once(tls, "secureConnect");
    expect([tls.authorized, tls.getProtocol()]).toEqual([true, "TLSv1.3"]);
    tls.destroy();
  });
});

describe("HTTP", () => {
  beforeEach(() => serve());

  it.each([
    ["GET / HTTP/1.1", "404"],
    ["GET /ws HTTP/1.1", "426"],
    ["POST /ws HTTP/1.1", "426"],
    ["nonsense", "400"],
  ])("answers %s with %s and hangs up", async (line, status) => {
    const tls = connectTls(port);
    let answer = "";
    tls.setEncoding("utf8").on("data", (text: string) => (answer += text));
    tls.write(`${line}\r\nHost: x\r\n\r\n`);
    await ended(tls);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });

  it("upgrades only at /ws", async () => {
    await expect(connectClient(port, {}, "/")).rejects.toThrow("400");
  });

  it("refuses a head that is too long", async () => {
    const tls = connectTls(port);
    let answer = "";
    tls.setEncoding("utf8").on("data", (text: string) => (answer += text));
    tls.write(`GET /ws HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(INTRODUCER_LIMITS.headOctets)}\r\n\r\n`);
    await ended(tls);
    expect(answer).toMatch(/^HTTP\/1.1 431/);
    expect(await isServed()).toBe(true);
  });
});

describe("clients that send too much", () => {
  it("are cut off by a message that is too large, before it is there", async () => {
    await serve();
    const client = await greeted();
    // The head of a frame of 50 MiB, and no more of it: who refuses by size needs no octet of the rest.
    const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 3, 0x20, 0, 0, 1, 2, 3, 4]);
    const { _socket: wire } = client.socket as unknown as { _socket: Socket };
    wire.write(head);
    expect((await client.ended).code).toBe(1_009);
    expect(counted()).toEqual({ accepted: 1, greeted: 1, "bad-frame": 1 });
  });

  it("are served with the largest message allowed, and not with one octet more", async () => {
    await serve();
    const [client, other] = [await connectClient(port), await connectClient(port)];
    client.socket.send(new Uint8Array(INTRODUCER_LIMITS.messageOctets));
    expect(await client.ended).toEqual({ code: 1_002, reason: "-6" });
    other.socket.send(new Uint8Array(INTRODUCER_LIMITS.messageOctets + 1));
    expect((await other.ended).code).toBe(1_009);
  });

  it("are cut off after so many frames, pings too", async () => {
    await serve();
    const asking = await greeted();
    for (let id = 1; id < INTRODUCER_LIMITS.frames; id++) await asking.ask(request(id));
    asking.socket.send(request());
    expect(await asking.ended).toEqual({ code: 1_008, reason: "too many messages" });
    const pinging = await connectClient(port);
    for (let times = 0; times <= INTRODUCER_LIMITS.frames; times++) pinging.socket.ping();
    expect((await pinging.ended).code).toBe(1_008);
    expect(counted()["too-many"]).toBe(2);
  });

  it("are told that messages are binary", async () => {
    await serve();
    const client = await greeted();
    client.socket.send("3f0000000000");
    expect((await client.ended).code).toBe(1_003);
  });

  it("are cut off by too many fragments", async () => {
    await serve();
    const client = await connectClient(port);
    for (let times = 0; times <= INTRODUCER_LIMITS.fragments; times++) client.socket.send(new Uint8Array(1), { fin: false });
    expect((await client.ended).code).toBe(1_008);
  });

  it("get no answers that they do not read beyond their frames", async () => {
    await serve({ idleTimeoutMs: 200 });
    const client = await greeted();
    client.socket.pause();
    for (let times = 0; times < 1_000; times++) client.socket.send(request());
    await expect.poll(() => running.connections).toBe(0);
    expect(counters.read().introduced).toBe(INTRODUCER_LIMITS.frames - 1);
  });
});

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
    await serve({ idleTimeoutMs: 300 });
    const client = await greeted();
    client.socket.ping();
    expect((await client.ended).code).toBe(1_006);
  });

  it("one that has shaken hands is not", async () => {
    await serve({ handshakeTimeoutMs: 300 });
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
    await serve({ lifetimeMs: 500, frames: 1_000_000 });
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
