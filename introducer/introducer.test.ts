import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeHandshake } from "../crawler/protocols/chia/handshake.ts";
import { decodeMessage } from "../crawler/protocols/chia/message.ts";
import { decodePeers } from "../crawler/protocols/chia/peers.ts";
import { DEVNET_CHIA } from "../schema/networks/devnet.ts";
import type { PeerRow } from "../schema/snapshot.ts";
import { START, startTestEdge, type TestEdge } from "../serving/test-edge.ts";
import { startIntroducer, type Introducer, type IntroducerOptions } from "./introducer.ts";
import { INTRODUCER_LIMITS } from "./limits.ts";
import { AUTHORITY, CERTIFICATE, connectClient, greeting, request, type TestClient } from "./test-client.ts";

const ROWS: PeerRow[] = [
  ...Array.from({ length: 40 }, (_, i): PeerRow => [`20.${i}.0.1:${i % 2 === 0 ? 28_633 : 9_999}`, "7", 36, "2.7.3", null, null]),
  ...Array.from({ length: 30 }, (_, i): PeerRow => [`[2a${10 + i}::1]:28633`, "7", 36, "2.7.3", null, null]),
  [`${"a".repeat(56)}.onion:28633`, "7", 36, "2.7.3", null, null],
];

let edge: TestEdge;
let introducer: Introducer;
let clock: number;
let failures: string[];

async function start(options: Partial<IntroducerOptions> = {}): Promise<Introducer> {
  introducer = await startIntroducer({
    edge: edge.url,
    snapshotKeys: [edge.publicKey],
    network: DEVNET_CHIA,
    certificate: { ...CERTIFICATE, authorityPem: AUTHORITY.certPem },
    softwareVersion: "Seedcast test",
    host: "127.0.0.1",
    port: 0,
    refreshSeconds: 0.02,
    now: () => clock * 1000,
    onFailure: (cause) => failures.push(cause),
    ...options,
  });
  return introducer;
}

async function greeted(): Promise<TestClient> {
  const client = await connectClient(introducer.port);
  await client.ask(greeting());
  return client;
}

async function askPeers(): Promise<readonly { host: string; port: number; timestamp: bigint }[]> {
  const client = await greeted();
  const { data } = decodeMessage(await client.ask(request()));
  client.socket.close();
  await client.ended;
  return decodePeers(data);
}

beforeEach(async () => {
  clock = START;
  failures = [];
  edge = await startTestEdge(DEVNET_CHIA);
});

afterEach(async () => {
  await introducer.stop();
  await edge.close();
});

describe("an introducer that knows only its edge and its keys", () => {
  beforeEach(async () => {
    edge.publish({ peers: ROWS });
    await (
      await start()
    ).ready;
  });

  it("shakes hands as an introducer, and tells of peers of the snapshot", async () => {
    const client = await connectClient(introducer.port);
    const theirs = decodeHandshake(decodeMessage(await client.ask(greeting())).data);
    expect(theirs).toMatchObject({ networkId: "devnet", nodeType: 5, serverPort: introducer.port, softwareVersion: "Seedcast test" });
    const answer = decodeMessage(await client.ask(request(7)));
    const peers = decodePeers(answer.data);
    expect([answer.type, answer.id, peers.length]).toEqual([64, 7, INTRODUCER_LIMITS.peers]);
    const known = new Set(ROWS.map(([text]) => text));
    for (const { host, port, timestamp } of peers) {
      expect([known.has(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`), timestamp]).toEqual([true, 0n]);
    }
    client.socket.close(1_000);
    expect((await client.ended).code).toBe(1_000);
  });

  it("tells of other peers each time", async () => {
    const client = await greeted();
    const draws = new Set<string>();
    for (let round = 0; round < 4; round++) draws.add(Buffer.from(await client.ask(request(round))).toString("hex"));
    expect(draws.size).toBe(4);
    client.socket.terminate();
  });

  it("refuses who is on another network, with Chia's error", async () => {
    const client = await connectClient(introducer.port);
    client.socket.send(greeting({ networkId: "mainnet" }));
    expect(await client.ended).toEqual({ code: 1_002, reason: "110" });
    expect(introducer.health().counts["wrong-network"]).toBe(1);
  });

  it("serves on when the edge is gone, stale too, but not what has expired", async () => {
    edge.down = true;
    await expect.poll(() => failures).toContain("edge-failed");
    expect(await askPeers()).toHaveLength(20);
    clock = START + 900;
    expect([introducer.health().freshness, (await askPeers()).length]).toEqual(["stale", 20]);
    clock = START + 86_400;
    const client = await greeted();
    client.socket.send(request());
    expect(await client.ended).toEqual({ code: 1_013, reason: "no fresh peers" });
    expect(introducer.health()).toMatchObject({ freshness: "expired", counts: { "not-ready": 1 } });
    edge.publish({ peers: ROWS, seq: 2, generated: clock, stale: clock + 900, expires: clock + 86_400 });
    edge.down = false;
    await expect.poll(() => introducer.health().seq).toBe(2);
    expect(await askPeers()).toHaveLength(20);
  });

  it("refuses a snapshot that is not signed by its keys", async () => {
    edge.publish({ peers: [], seq: 2 }, (seal) => ({ ...seal, signature: "A".repeat(86) }));
    await expect.poll(() => failures).toContain("bad-signature");
    expect(await askPeers()).toHaveLength(20);
  });

  it("gives an empty list where the snapshot has no peer", async () => {
    edge.publish({ peers: [], seq: 2 });
    await expect.poll(() => introducer.health().seq).toBe(2);
    expect(await askPeers()).toEqual([]);
  });

  it("says how it is, in numbers only", async () => {
    await askPeers();
    expect(introducer.health()).toMatchObject({ freshness: "fresh", seq: 1, peers: ROWS.length });
    expect(introducer.health().counts).toMatchObject({ accepted: 1, greeted: 1, introduced: 1, refused: 0, "bad-frame": 0 });
    await expect.poll(() => introducer.health().connections).toBe(0);
  });

  it("says goodbye when it is stopped, and leaves nothing open", async () => {
    const [greetedClient, silent] = [await greeted(), await connectClient(introducer.port)];
    await introducer.stop();
    expect([(await greetedClient.ended).code, (await silent.ended).code]).toEqual([1_001, 1_001]);
    await expect(connectClient(introducer.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await start({ port: introducer.port }); // free again
  });

  it("rejects a port that is taken", async () => {
    const { port } = introducer;
    const first = introducer;
    await expect(start({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    introducer = first;
  });
});

describe("an introducer whose edge is not there yet", () => {
  it("asks clients to come back until there is a snapshot", async () => {
    edge.down = true;
    await start();
    const client = await greeted();
    client.socket.send(request());
    expect((await client.ended).code).toBe(1_013);
    edge.publish({ peers: ROWS });
    edge.down = false;
    await introducer.ready;
    expect(await askPeers()).toHaveLength(20);
  });
});
