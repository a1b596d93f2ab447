import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { frame } from "./framing.ts";
import { startNameserver, type Nameserver, type NameserverOptions } from "./nameserver.ts";
import { addresses, askUdp, ended, exchange, openTcp, query, serial } from "./test-client.ts";
import { queryOf } from "../workers/dns/test-zone.ts";
import { APEX, START, startTestEdge, ZONE, type TestEdge } from "../serving/test-edge.ts";
import { DEVNET } from "../schema/networks/devnet.ts";

let edge: TestEdge;
let server: Nameserver;
let clock: number;
let failures: string[];

async function start(options: Partial<NameserverOptions> = {}): Promise<Nameserver> {
  const common = { edge: edge.url, snapshotKeys: [edge.publicKey], host: "127.0.0.1", port: 0, refreshSeconds: 0.02 };
  server = await startNameserver({ ...common, now: () => clock * 1000, onFailure: ({ cause }) => failures.push(cause), ...options });
  return server;
}

beforeEach(async () => {
  clock = START;
  failures = [];
  edge = await startTestEdge();
});

afterEach(async () => {
  await server.stop();
  await edge.close();
});

describe("a name server that knows only its edge and its keys", () => {
  beforeEach(async () => {
    edge.publish();
    await (
      await start()
    ).ready;
  });

  it("answers over UDP with a sample of the snapshot", async () => {
    const reply = await askUdp(server.udpPort, query(APEX, "A", 4660));
    expect(reply.id).toBe(4660);
    expect(reply.flag_aa).toBe(true);
    const drawn = addresses(reply);
    expect(drawn).toHaveLength(25);
    expect(new Set(drawn).size).toBe(25);
    for (const address of drawn) expect(address).toMatch(/^20\.\d+\.0\.1$/);
    expect(reply.octets).toBeLessThanOrEqual(512);
  });

  it("truncates what UDP cannot carry, and gives it whole over TCP on the same port", async () => {
    const short = await askUdp(server.udpPort, query(APEX, "AAAA"));
    expect([short.flag_tc, short.answers]).toEqual([true, []]);
    const large = await askUdp(server.udpPort, query(APEX, "AAAA", 1, 4096));
    expect([large.flag_tc, large.answers?.length]).toEqual([false, 25]);
    expect(server.tcpPort).toBe(server.udpPort);
    const socket = await openTcp(server.tcpPort);
    const [whole] = await exchange(socket, frame(query(APEX, "AAAA")), 1);
    expect([whole?.flag_tc, whole?.answers?.length]).toEqual([false, 25]);
    socket.destroy();
  });

  it("answers pipelined queries on one connection, in one segment or octet by octet", async () => {
    const socket = await openTcp(server.tcpPort);
    socket.setNoDelay(true);
    const stream = Buffer.concat([1, 2, 3].map((id) => frame(query(APEX, "A", id))));
    expect((await exchange(socket, stream, 3)).map(({ id }) => id)).toEqual([1, 2, 3]);
    for (const octet of stream.subarray(0, -1)) socket.write(Uint8Array.of(octet));
    expect(await exchange(socket, stream.subarray(-1), 3)).toHaveLength(3);
    socket.destroy();
  });

  it("refuses names of no zone of its own, denies names that are not there", async () => {
    expect((await askUdp(server.udpPort, query("example.net"))).rcodeNumber).toBe(5);
    expect((await askUdp(server.udpPort, query(`nothing.${APEX}`))).rcodeNumber).toBe(3);
  });

  it("stays silent over UDP to garbage and to responses", async () => {
    const response = query(APEX, "A", 2);
    response[2]! |= 0x80;
    const reply = await askUdp(server.udpPort, Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(11, 0xff), response, query(APEX, "A", 77));
    expect(reply.id).toBe(77);
  });

  it("hangs up over TCP on what is no query", async () => {
    for (const octets of [[0, 0], [0, 3, 1, 2, 3], frame(query(APEX).with(2, 0x80))]) {
      const socket = await openTcp(server.tcpPort);
      socket.write(Uint8Array.from(octets));
      await ended(socket);
    }
  });

  it("follows the edge by ETag, and takes over what is new", async () => {
    await expect.poll(() => edge.served.get(304)).toBeGreaterThan(0);
    expect(edge.served.get(200)).toBe(1);
    edge.publish({ seq: 2 });
    await expect.poll(async () => serial(await askUdp(server.udpPort, query(APEX, "SOA")))).toBe(2);
  });

  it("serves on from memory when the edge is gone, down the staleness ladder", async () => {
    edge.down = true;
    await expect.poll(() => failures).toContain("edge-failed");
    expect(addresses(await askUdp(server.udpPort, query(APEX)))).toHaveLength(25);
    clock = START + 900;
    const stale = await askUdp(server.udpPort, query(APEX));
    expect(stale.answers?.[0]).toMatchObject({ ttl: 30 });
    clock = START + 86_400;
    expect((await askUdp(server.udpPort, query(APEX))).rcodeNumber).toBe(2);
    edge.publish({ seq: 2, generated: clock, stale: clock + 900, expires: clock + 86_400 });
    edge.down = false;
    await expect.poll(async () => (await askUdp(server.udpPort, query(APEX))).rcodeNumber).toBe(0);
  });

  it("refuses a snapshot that is not signed by its keys, and one that goes back", async () => {
    edge.publish({ seq: 2 }, (seal) => ({ ...seal, signature: "A".repeat(86) }));
    await expect.poll(() => failures).toContain("bad-signature");
    edge.publish({ seq: 5 });
    await expect.poll(async () => serial(await askUdp(server.udpPort, query(APEX, "SOA")))).toBe(5);
    edge.publish({ seq: 4 });
    await expect.poll(() => failures).toContain("rolled-back");
    expect(serial(await askUdp(server.udpPort, query(APEX, "SOA")))).toBe(5);
  });

  it("leaves nothing open when it is stopped", async () => {
    const socket = await openTcp(server.tcpPort);
    const closed = ended(socket);
    await server.stop();
    await closed;
    await expect(openTcp(server.tcpPort)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await start({ port: server.udpPort }); // both ports are free again
  });
});

describe("a name server whose edge is not there yet", () => {
  it("refuses until it knows the zones, then answers", async () => {
    edge.down = true;
    await start();
    expect((await askUdp(server.udpPort, query(APEX))).rcodeNumber).toBe(5);
    await expect.poll(() => failures).toContain("edge-failed");
    edge.publish();
    edge.down = false;
    await server.ready;
    expect(addresses(await askUdp(server.udpPort, query(APEX)))).toHaveLength(25);
  });

  it("says SERVFAIL for a zone it was told of, until the first snapshot", async () => {
    await start({ networks: [{ network: DEVNET, zone: ZONE }] });
    expect((await askUdp(server.udpPort, query(APEX))).rcodeNumber).toBe(2);
    edge.publish();
    await server.ready;
    expect((await askUdp(server.udpPort, query(APEX))).rcodeNumber).toBe(0);
  });

  it("stops by signal", async () => {
    const stopping = new AbortController();
    await start({ signal: stopping.signal });
    const socket = await openTcp(server.tcpPort);
    const closed = ended(socket);
    stopping.abort();
    await closed;
    await server.stop();
  });

  it.each([undefined, "::"])("listens on IPv4 and, where there is one, IPv6, when the host is %s", async (host) => {
    edge.publish();
    await (
      await start({ host })
    ).ready;
    expect(addresses(await askUdp(server.udpPort, query(APEX)))).toHaveLength(25);
  });

  it("rejects a port that is taken, and leaves nothing open", async () => {
    await start();
    await expect(startNameserver({ edge: edge.url, snapshotKeys: [], host: "127.0.0.1", port: server.udpPort })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});

describe("NSID", () => {
  const nsid = queryOf({ name: `${APEX}.`, edns: { options: [[3, []]] } });
  const options = async () => {
    const [opt] = (await askUdp(server.udpPort, nsid)).additionals ?? [];
    return opt?.type === "OPT" ? opt.options.map(({ code, data }) => [code, String(data)]) : undefined;
  };

  it("E13: says where the server is, if it was told", async () => {
    edge.publish();
    await (
      await start({ location: "fra1" })
    ).ready;
    expect(await options()).toEqual([[3, "fra1"]]);
    await server.stop();
    await (
      await start()
    ).ready;
    expect(await options()).toEqual([]);
  });
});
