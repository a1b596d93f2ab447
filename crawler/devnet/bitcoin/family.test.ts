import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatAddress } from "../../../schema/address.ts";
import { hasServices } from "../../../schema/network.ts";
import { parseDevnetConfig } from "../config.ts";
import { MAX_TOLD } from "../gossip.ts";
import type { Personality } from "../personalities.ts";
import { startDevnet, type Devnet } from "../server.ts";
import { HANDSHAKE_MS } from "./family.ts";
import type { Caller } from "../envelope/test-caller.ts";
import { callBitcoin } from "./test-caller.ts";
import { ZOO, ZOO_MS } from "../test-zoo.ts";

let devnet: Devnet;
const callers: Caller[] = [];

beforeAll(async () => {
  devnet = await startDevnet(ZOO, { port: 0, now: () => ZOO_MS });
  return async () => {
    await Promise.all(callers.map((caller) => caller.hangUp()));
    await devnet.stop();
    expect(devnet.stats().open).toBe(0);
  };
});

const node = (personality: Personality) => devnet.nodes.find((each) => each.personality === personality && each.address.family === "ipv4")!;

async function visit(personality: Personality): Promise<Caller> {
  const caller = await callBitcoin(node(personality).address);
  callers.push(caller);
  return caller;
}

describe("a faithful node", () => {
  it("answers the caller's version with its own, what it can do, and verack, in Core's order", async () => {
    const caller = await visit("faithful");
    caller.greet();
    await caller.until(() => caller.commands.includes("verack"));
    expect(caller.commands).toEqual(["version", "wtxidrelay", "sendaddrv2", "verack"]);
  });

  it("says what the population says of it", async () => {
    const caller = await visit("faithful");
    const { version, services, agent, lag } = node("faithful");
    expect(await caller.shake()).toMatchObject({
      version,
      services,
      userAgent: agent,
      startHeight: 100_000 - lag,
      timestamp: BigInt(ZOO_MS / 1000),
    });
  });

  it("pings and speaks of blocks and fees once both veracks are there", async () => {
    const caller = await visit("faithful");
    await caller.shake();
    await caller.until(() => caller.commands.includes("feefilter"));
    expect(caller.commands).toEqual(["sendcmpct", "ping", "feefilter"]);
  });

  it("answers getaddr once, by addrv2 to whom sent sendaddrv2", async () => {
    const caller = await visit("faithful");
    await caller.shake();
    caller.send("getaddr");
    const { command, count, entries } = await caller.gossip();
    expect(command).toBe("addrv2");
    expect(count).toBe(Math.floor(0.23 * 199) + 1);
    expect(formatAddress(entries.at(-1)!.address)).toBe(node("faithful").key);
    caller.send("getaddr");
    await caller.sync();
    expect(caller.commands).not.toContain("addrv2");
  });

  it("tells every caller the same, by addr to whom did not", async () => {
    const [modern, old] = [await visit("faithful"), await visit("faithful")];
    await modern.shake();
    await old.shake({ addrv2: false });
    modern.send("getaddr");
    old.send("getaddr");
    const answers = [await modern.gossip(), await old.gossip()];
    expect(answers.map(({ command }) => command)).toEqual(["addrv2", "addr"]);
    expect(answers[0]!.entries).toEqual(answers[1]!.entries);
  });

  it("does not speak of addrv2 and the like to an old caller", async () => {
    const caller = await visit("faithful");
    caller.greet({ version: 70_013 });
    await caller.until(() => caller.commands.includes("verack"));
    expect(caller.commands).toEqual(["version", "verack"]);
    caller.send("verack");
    await caller.sync();
    expect(caller.commands).toEqual(["version", "verack", "pong"]);
  });

  it("ignores what comes before the version, a second version, and getaddr before verack", async () => {
    const caller = await visit("faithful");
    caller.send("verack");
    caller.send("getaddr");
    caller.greet();
    caller.greet({ version: 1 });
    caller.send("getaddr");
    caller.send("verack");
    await caller.sync();
    expect(caller.commands).toEqual(["version", "wtxidrelay", "sendaddrv2", "verack", "sendcmpct", "ping", "feefilter", "pong"]);
  });

  it.each(["sendaddrv2", "wtxidrelay"])("hangs up on %s after verack", async (command) => {
    const caller = await visit("faithful");
    await caller.shake();
    caller.send(command);
    await caller.closed();
    expect(caller.error).toBeUndefined();
  });

  it("hangs up on another network's magic without a word", async () => {
    const caller = await visit("faithful");
    caller.send("version", new Uint8Array(86), "f9beb4d9");
    await caller.closed();
    expect(caller.octets).toBe(0);
  });

  it.each([
    ["a caller from before 2011", (caller: Caller) => caller.greet({ version: 31_799 })],
    ["a version message that is cut off", (caller: Caller) => caller.send("version", new Uint8Array(7))],
    ["more messages than anyone has to say", (caller: Caller) => Array.from({ length: 1_001 }, () => caller.send("verack"))],
    ["a larger message than anyone has to say", (caller: Caller) => caller.send("addr", new Uint8Array(40_000))],
  ])("hangs up on %s", async (_, act) => {
    const caller = await visit("faithful");
    act(caller);
    await caller.closed();
    expect(caller.octets).toBe(0);
  });
});

describe("a faithful node's patience", () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterAll(() => void vi.useRealTimers());

  it("ends where there is no handshake in time, and not after one", async () => {
    const [idler, caller] = [await visit("faithful"), await visit("faithful")];
    idler.greet();
    await idler.next("version");
    await caller.shake();
    await caller.sync();
    vi.advanceTimersByTime(HANDSHAKE_MS - 1);
    await caller.sync();
    expect(idler.over).toBe(false);
    vi.advanceTimersByTime(1);
    await idler.closed();
    await caller.sync();
    expect(caller.over).toBe(false);
  });
});

describe("habits", () => {
  it("slow: does everything, later", async () => {
    const caller = await visit("slow");
    await caller.shake();
    caller.send("getaddr");
    expect((await caller.gossip()).count).toBeGreaterThan(1);
  });

  it("legacy: knows nothing of addrv2, and answers getaddr after its timer", async () => {
    const caller = await visit("legacy");
    caller.greet();
    await caller.until(() => caller.commands.includes("verack"));
    expect(caller.commands).toEqual(["version", "verack"]);
    caller.send("sendaddrv2");
    caller.send("verack");
    caller.send("getaddr");
    await caller.sync();
    const { command, entries } = await caller.gossip();
    expect(command).toBe("addr");
    expect(entries.map(({ address }) => formatAddress(address))).not.toContain(node("legacy").key);
  });

  it("announcer: tells itself alone first, and the real answer later", async () => {
    const caller = await visit("announcer");
    await caller.shake();
    const announced = await caller.gossip();
    expect(announced.entries.map(({ address }) => formatAddress(address))).toEqual([node("announcer").key]);
    caller.send("getaddr");
    expect((await caller.gossip()).count).toBeGreaterThan(1);
  });

  it("liar: tells of addresses that do not exist", async () => {
    const caller = await visit("liar");
    await caller.shake();
    caller.send("getaddr");
    const { entries } = await caller.gossip();
    const invented = entries.filter(({ address }) => devnet.population.find(formatAddress(address)) === undefined);
    expect(invented.length).toBeGreaterThan(0);
    const stray = await callBitcoin(invented[0]!.address);
    await stray.closed();
    expect(devnet.stats().strays).toBe(1);
  });

  it("flooder: tells more than is allowed", async () => {
    const caller = await visit("flooder");
    await caller.shake();
    caller.send("getaddr");
    await caller.until(() => caller.commands.includes("addrv2"));
    const { payload } = await caller.next("addrv2");
    expect(payload[0]).toBe(0xfd);
    expect(payload[1]! + 256 * payload[2]!).toBeGreaterThan(MAX_TOLD);
  });
});

describe("faults", () => {
  it("dead: resets", async () => {
    const caller = await visit("dead");
    await caller.closed();
    expect(caller.octets).toBe(0);
    expect(caller.error).toBe("ECONNRESET");
  });

  it("absent: the system refuses", async () => {
    const caller = await visit("absent");
    await caller.closed();
    expect(caller.error).toBe("ECONNREFUSED");
  });

  it("silent: takes everything and says nothing, while others talk", async () => {
    const caller = await visit("silent");
    caller.greet();
    const other = await visit("faithful");
    await other.shake();
    expect(caller).toMatchObject({ octets: 0, over: false });
    await caller.hangUp();
  });

  it("wrong-magic: speaks first, with another magic, and hangs up on ours", async () => {
    const caller = await visit("wrong-magic");
    await caller.until(() => caller.octets > 0);
    expect(caller.commands).toEqual([]);
    caller.greet();
    await caller.closed();
  });

  it("old-version, missing-services and stuck: honest, but not good enough", async () => {
    const [old, poor, stuck] = await Promise.all((["old-version", "missing-services", "stuck"] as const).map(visit));
    const { minVersion, services, maxHeightLag } = devnet.network;
    expect((await old!.shake({ addrv2: false })).version).toBeLessThan(minVersion);
    expect(hasServices((await poor!.shake()).services, services)).toBe(false);
    expect((await stuck!.shake()).startHeight).toBeLessThan(devnet.height() - maxHeightLag);
  });

  it("dripper: a whole version message, one octet at a time", async () => {
    const caller = await visit("dripper");
    caller.greet();
    const { version } = node("dripper");
    await caller.until(() => caller.octets > 0);
    expect(caller.octets).toBeLessThan(24);
    await caller.next("version");
    expect(caller.octets).toBeGreaterThan(100);
    expect(version).toBe(70_016);
  });

  it("garbage: pours octets for as long as one reads", async () => {
    const caller = await visit("garbage");
    await caller.until(() => caller.octets > 1_000_000);
    expect(caller.commands).toEqual([]);
  });
});

describe("the test bed", () => {
  it("has every personality that can be configured", () => {
    const { habits, faults } = parseDevnetConfig({});
    for (const kind of [...Object.keys(habits), ...Object.keys(faults)].filter((each) => each !== "churner")) {
      expect(
        devnet.nodes.some(({ personality }) => personality === kind),
        kind,
      ).toBe(true);
    }
  });
});
