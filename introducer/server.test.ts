/** Clients that are not who they should be, or send too much: each ends by itself, and others are served. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportKey, importKey, issueCertificate, newRsaKey } from "../crawler/net/chia/issue.ts";
import { INTRODUCER_LIMITS } from "./limits.ts";
import { AUTHORITY, connectClient, connectTls, request } from "./test-client.ts";
import { counted, counters, ended, greeted, isServed, port, running, serve } from "./test-server.ts";

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
    const signingKey = wrong === "another authority" ? privateKey : await importKey(AUTHORITY.keyPem);
    const issuer = new X509Certificate(AUTHORITY.certPem).subject.replaceAll("\n", ", ");
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
    await serve({ idleTimeoutMs: 1_000 });
    const client = await greeted();
    client.socket.pause();
    for (let times = 0; times < 1_000; times++) client.socket.send(request());
    await expect.poll(() => running.connections).toBe(0);
    expect(counters.read().introduced).toBe(INTRODUCER_LIMITS.frames - 1);
  });
});
