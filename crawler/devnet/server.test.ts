import { networkInterfaces } from "node:os";
import { createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { parseNetwork } from "../../schema/network.ts";
import { DevnetConfigError, MAX_PORT_NODES } from "./config.ts";
import { DevnetError } from "./listeners.ts";
import { startDevnet, type Devnet } from "./server.ts";
import { callBitcoin } from "./bitcoin/test-caller.ts";

const SMALL = { nodes: 20, alive: 1, habits: {} } as const;
const ANY = { port: 0 } as const;

const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const hasIpv6 = interfaces.some(({ address }) => address === "::1");

const entry = (devnet: Devnet) => parseAddress(devnet.entries[0]!);

/** Listeners open in this process. What was closed just now is gone after a turn of the event loop and its closing phase. */
async function listeners(): Promise<number> {
  await turn();
  await turn();
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;
}

/** Every TCP socket and listener of this process. */
const handles = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP"));

describe("startDevnet", () => {
  it("tells the network's parameters with its actual port and seeds", async () => {
    await using devnet = await startDevnet(SMALL, ANY);
    const { network, entries } = devnet;
    expect(parseNetwork(network)).toMatchObject({ ...DEVNET, port: network.port, fixedSeeds: entries });
    expect(network.port).not.toBe(0);
    expect(entries[0]).toBe(`127.0.0.1:${network.port}`);
  });

  it("speaks for every address, IPv6 and odd ports included", async () => {
    await using devnet = await startDevnet({ ...SMALL, oddPortShare: 0.5 }, ANY);
    expect(devnet.notes).toHaveLength(hasIpv6 ? 0 : 1);
    for (const { address, agent } of devnet.nodes) {
      const caller = await callBitcoin(address);
      expect((await caller.shake()).userAgent).toBe(agent);
      await caller.sync();
      await caller.hangUp();
    }
    expect(devnet.stats().nodes.size).toBe(20);
    expect(devnet.stats().handshakes).toBe(20);
  });

  it("follows another network's parameters", async () => {
    const wire = { ...DEVNET.wire, magic: "24e92764", protocolVersion: 170_160, addrv2: false };
    await using devnet = await startDevnet(SMALL, { ...ANY, network: { ...DEVNET, wire } });
    const caller = await callBitcoin(entry(devnet), wire.magic);
    expect((await caller.shake({ addrv2: false, version: 170_160 })).version).toBe(170_160);
    caller.send("getaddr");
    expect((await caller.gossip()).command).toBe("addr");
    await caller.hangUp();
  });

  it("gives a node a port of its own where addresses are scarce", async () => {
    await using devnet = await startDevnet({ ...SMALL, layout: "ports" }, ANY);
    expect(devnet.notes).toHaveLength(1);
    expect(new Set(devnet.nodes.map(({ address }) => address.port)).size).toBe(20);
    const { address, agent } = devnet.nodes[13]!;
    const caller = await callBitcoin(address);
    expect((await caller.shake()).userAgent).toBe(agent);
    await caller.hangUp();
    await expect(startDevnet({ nodes: MAX_PORT_NODES + 1, layout: "ports" }, ANY)).rejects.toThrow(DevnetConfigError);
  });

  it.skipIf(!hasIpv6)("says so where a port is in use, and leaves nothing open", async () => {
    const before = await listeners();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, "::1", resolve));
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    await expect(startDevnet(SMALL, { port })).rejects.toThrow(DevnetError);
    await new Promise((resolve) => void server.close(resolve));
    expect(await listeners()).toBe(before);
  });

  it("leaves nothing open where the configuration makes no devnet", async () => {
    const before = await listeners();
    await expect(startDevnet({ nodes: 5_000, alive: 0 }, ANY)).rejects.toThrow(DevnetConfigError);
    expect(await listeners()).toBe(before);
  });

  it("holds as many listeners for 20,000 nodes as for 20, and little memory", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const before = await listeners();
    const few = await startDevnet(SMALL, ANY);
    const held = (await listeners()) - before;
    await few.stop();
    collect();
    const heap = process.memoryUsage().heapUsed;
    await using many = await startDevnet({ preset: "bench" }, ANY);
    collect();
    expect((await listeners()) - before).toBe(held);
    expect(held).toBeLessThan(10);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(32e6);
    expect(many.nodes).toHaveLength(20_000);
  });
});

describe("stop", () => {
  it("ends every connection and leaves no handle", async () => {
    await listeners();
    const before = handles();
    const devnet = await startDevnet(SMALL, ANY);
    const [one, other] = [await callBitcoin(entry(devnet)), await callBitcoin(devnet.nodes[5]!.address)];
    await one.shake();
    await devnet.stop();
    await Promise.all([one.closed(), other.closed()]);
    expect(devnet.stats().open).toBe(0);
    await devnet.stop();
    await listeners();
    expect(handles()).toEqual(before);
    const late = await callBitcoin(entry(devnet));
    await late.closed();
    expect(late.error).toBe("ECONNREFUSED");
  });

  it("comes by a signal, too", async () => {
    const controller = new AbortController();
    const devnet = await startDevnet(SMALL, { ...ANY, signal: controller.signal });
    const caller = await callBitcoin(entry(devnet));
    await caller.shake();
    controller.abort();
    await caller.closed();
    await devnet.stop();
    await expect(startDevnet(SMALL, { ...ANY, signal: controller.signal })).rejects.toThrow("aborted");
  });
});

describe("a running devnet", () => {
  it("kills a node with its connections, and revives it", async () => {
    await using devnet = await startDevnet(SMALL, ANY);
    const { key, address } = devnet.nodes[7]!;
    const caller = await callBitcoin(address);
    await caller.shake();
    const bystander = await callBitcoin(entry(devnet));
    await bystander.shake();
    expect(devnet.isUp(key)).toBe(true);
    devnet.kill(key);
    await caller.closed();
    expect(caller.error).toBe("ECONNRESET");
    expect(devnet.isUp(key)).toBe(false);
    const refused = await callBitcoin(address);
    await refused.closed();
    expect(refused.octets).toBe(0);
    devnet.revive(key);
    const again = await callBitcoin(address);
    await again.shake();
    await bystander.sync();
    await Promise.all([again.hangUp(), bystander.hangUp()]);
    expect(() => devnet.kill("127.0.0.1:1")).toThrow(DevnetError);
  });

  it("grows with time and by hand; a node can be held back", async () => {
    let nowMs = 1_800_000_000_000;
    await using devnet = await startDevnet({ ...SMALL, startHeight: 500, blockSeconds: 10 }, { ...ANY, now: () => nowMs });
    const height = async () => {
      const caller = await callBitcoin(entry(devnet));
      const { startHeight } = await caller.shake();
      await caller.hangUp();
      return startHeight!;
    };
    const first = await height();
    expect(devnet.height()).toBe(500);
    nowMs += 25_000;
    devnet.mine(3);
    expect(devnet.height()).toBe(505);
    expect(await height()).toBe(first + 5);
    devnet.setHeight(devnet.entries[0]!, 9);
    expect(await height()).toBe(9);
    devnet.setHeight(devnet.entries[0]!, undefined);
    expect(await height()).toBe(first + 5);
  });

  it("has churners away at their time", async () => {
    let nowMs = 1_800_000_000_000;
    await using devnet = await startDevnet({ ...SMALL, habits: { churner: 1 } }, { ...ANY, now: () => nowMs });
    const { key, address } = devnet.nodes.find(({ personality }) => personality === "churner")!;
    for (const wanted of [true, false, true]) {
      while (devnet.isUp(key) !== wanted) nowMs += 1_000;
      const caller = await callBitcoin(address);
      if (wanted) await caller.shake();
      else await caller.closed();
      expect(caller.over).toBe(!wanted);
      await caller.hangUp();
    }
  });

  it("counts connections at once, in all, and the least time between two", async () => {
    let nowMs = 1_800_000_000_000;
    await using devnet = await startDevnet(SMALL, { ...ANY, now: () => nowMs });
    const { key, address } = devnet.nodes[4]!;
    const seen = () => devnet.stats().nodes.get(key)!;
    const first = await callBitcoin(address);
    await first.shake();
    first.send("getaddr");
    await first.gossip();
    expect(seen()).toEqual({ connections: 1, open: 1, mostOpen: 1, leastIntervalMs: Infinity, handshakes: 1, asked: 1 });
    nowMs += 900_000;
    const second = await callBitcoin(address);
    await second.shake();
    await second.sync();
    nowMs += 600_000;
    expect(seen()).toMatchObject({ connections: 2, open: 2, mostOpen: 2, leastIntervalMs: 900_000 });
    await Promise.all([first.hangUp(), second.hangUp()]);
    while (seen().open > 0) await turn(); // our end is closed before theirs
    const third = await callBitcoin(address);
    await third.shake();
    await third.sync();
    expect(seen()).toMatchObject({ connections: 3, mostOpen: 2, leastIntervalMs: 600_000 });
    expect(devnet.stats()).toMatchObject({ connections: 3, mostOpen: 2, handshakes: 3, asked: 1, strays: 0, refused: 0 });
    await third.hangUp();
  });

  it("takes no more connections than it may", async () => {
    await using devnet = await startDevnet(SMALL, { ...ANY, maxConnections: 2 });
    const taken = [await callBitcoin(entry(devnet)), await callBitcoin(devnet.nodes[5]!.address)];
    for (const caller of taken) await caller.shake();
    const third = await callBitcoin(devnet.nodes[6]!.address);
    await third.closed();
    expect(devnet.stats()).toMatchObject({ open: 2, refused: 1 });
    expect(taken.every(({ over }) => !over)).toBe(true);
  });

  const outside = interfaces.filter(({ internal, family }) => !internal && family === "IPv4");
  it.skipIf(outside.length === 0)("is not there for calls to an address of the machine's network", async () => {
    await using devnet = await startDevnet(SMALL, ANY);
    const caller = await callBitcoin({ family: "ipv4", host: outside[0]!.address, port: devnet.network.port });
    await caller.closed();
    expect(caller.octets).toBe(0);
    expect(devnet.stats()).toMatchObject({ refused: 1, connections: 0 });
  });
});
