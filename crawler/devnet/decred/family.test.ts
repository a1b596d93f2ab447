import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatAddress } from "../../../schema/address.ts";
import { hasServices } from "../../../schema/network.ts";
import { DEVNET_DECRED } from "../../../schema/networks/devnet.ts";
import { parseDevnetConfig } from "../config.ts";
import { MAX_TOLD, TOLD_SHARE } from "../gossip.ts";
import type { Personality } from "../personalities.ts";
import { createPopulation } from "../population.ts";
import { startDevnet, type Devnet } from "../server.ts";
import { ZOO } from "../test-zoo.ts";
import type { Caller } from "../envelope/test-caller.ts";
import { HANDSHAKE_MS } from "./family.ts";
import { LEAST_CALLER_VERSION, MOST_BEFORE_VERACK } from "./talk.ts";
import { callDecred } from "./test-caller.ts";

let devnet: Devnet;
/** The same nodes in version 12. */
let devnet12: Devnet;
const callers: Caller[] = [];

beforeAll(async () => {
  devnet = await startDevnet(ZOO, { port: 0, network: DEVNET_DECRED });
  const network = { ...DEVNET_DECRED, wire: { ...DEVNET_DECRED.wire, protocolVersion: 12 } };
  devnet12 = await startDevnet(ZOO, { port: 0, network });
  return async () => {
    await Promise.all(callers.map((caller) => caller.hangUp()));
    await Promise.all([devnet.stop(), devnet12.stop()]);
  };
});

const node = (personality: Personality, net = devnet) =>
  net.nodes.find((each) => each.personality === personality && each.address.family === "ipv4")!;

async function visit(personality: Personality, net = devnet): Promise<Caller> {
  const caller = await callDecred(node(personality, net).address, DEVNET_DECRED.wire.magic);
  callers.push(caller);
  return caller;
}

describe("a faithful node", () => {
  it("answers the caller's version with its own and verack, and says what the population says of it", async () => {
    const caller = await visit("faithful");
    const { version, services, agent, lag } = node("faithful");
    expect(await caller.shake()).toMatchObject({ version, services, userAgent: agent, startHeight: devnet.height() - lag });
    expect(version).toBe(11);
    await caller.until(() => caller.commands.includes("ping"));
    expect(caller.commands).toEqual(["sendheaders", "ping"]);
  });

  it("answers getaddr once, by addr below version 12, with a new sample for each caller and never itself", async () => {
    const answers = [];
    for (const caller of [await visit("faithful"), await visit("faithful")]) {
      await caller.shake();
      caller.send("getaddr");
      const { command, count, entries } = await caller.gossip();
      expect(command).toBe("addr");
      expect(count).toBe(Math.ceil((ZOO.nodes - 1) * TOLD_SHARE));
      answers.push(entries.map(({ address }) => formatAddress(address)));
      caller.send("getaddr");
      await caller.sync();
      expect(caller.commands).not.toContain("addr");
    }
    expect(answers[0]).not.toEqual(answers[1]);
    expect(answers.flat()).not.toContain(node("faithful").key);
  });

  it("answers by addrv2 where both speak version 12, and by addr to whom speaks 11", async () => {
    const [modern, old] = [await visit("faithful", devnet12), await visit("faithful", devnet12)];
    await modern.shake();
    await old.shake({ version: 11 });
    modern.send("getaddr");
    old.send("getaddr");
    expect((await modern.gossip()).command).toBe("addrv2");
    expect((await old.gossip()).command).toBe("addr");
  });

  it("never tells more than the protocol allows", () => {
    const { nodes, gossip } = createPopulation(parseDevnetConfig({ nodes: 6_000, known: 6_000 }), DEVNET_DECRED);
    expect(gossip.tell(nodes[0]!, 1_800_000_000, { itself: false, round: Math.ceil })).toHaveLength(MAX_TOLD);
  });

  it("takes two messages between version and verack below version 12", async () => {
    const caller = await visit("faithful");
    caller.greet({ version: 11 });
    for (let i = 0; i < MOST_BEFORE_VERACK; i++) caller.send("sendheaders");
    caller.send("verack");
    await caller.sync();
    expect(caller.over).toBe(false);
    expect(caller.commands).toEqual(["version", "verack", "sendheaders", "ping", "pong"]);
  });

  it.each([
    ["a first message that is no version", (caller: Caller) => caller.send("verack")],
    ["a caller of version 8", (caller: Caller) => caller.greet({ version: LEAST_CALLER_VERSION - 1 })],
    ["another network's magic", (caller: Caller) => caller.send("version", new Uint8Array(86), "f900b4d9")],
    ["a version message that is cut off", (caller: Caller) => caller.send("version", new Uint8Array(7))],
    ["a version message that is too large", (caller: Caller) => caller.send("version", new Uint8Array(400))],
    ["an unknown command", (caller: Caller) => caller.send("wtxidrelay")],
  ])("hangs up without a word on %s", async (_, act) => {
    const caller = await visit("faithful");
    act(caller);
    await caller.closed();
    expect(caller.octets).toBe(0);
  });

  it.each([
    ["Bitcoin's sendaddrv2", (caller: Caller) => caller.send("sendaddrv2")],
    ["a second version", (caller: Caller) => caller.greet()],
    ["a second verack", (caller: Caller) => caller.send("verack")],
    ["a verack with a payload", (caller: Caller) => caller.send("verack", Uint8Array.of(1))],
    ["the other form of gossip", (caller: Caller) => caller.send("addrv2", Uint8Array.of(1))],
    ["a ping that is cut off", (caller: Caller) => caller.send("ping", new Uint8Array(7))],
  ])("hangs up on %s after the handshake", async (_, act) => {
    const caller = await visit("faithful");
    await caller.shake();
    act(caller);
    await caller.closed();
    expect(caller.error).toBeUndefined();
  });

  it.each([
    ["addr at version 12", 12, ["verack", "addr"]],
    ["a verack that is not next at version 12", 12, ["sendheaders", "verack"]],
    ["a third message before verack", 11, ["sendheaders", "sendheaders", "sendheaders", "verack"]],
  ])("hangs up on %s", async (_, version, commands) => {
    const caller = await visit("faithful", devnet12);
    caller.greet({ version });
    for (const command of commands) caller.send(command);
    await caller.closed();
    expect(caller.commands).not.toContain("pong");
  });
});

describe("a faithful node's patience", () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterAll(() => void vi.useRealTimers());

  it("ends where there is no handshake in time", async () => {
    const idler = await visit("faithful");
    idler.greet();
    await idler.next("version");
    vi.advanceTimersByTime(HANDSHAKE_MS);
    await idler.closed();
  });
});

describe("habits", () => {
  it("slow, announcer and liar answer; an announcer tells itself alone before", async () => {
    for (const personality of ["slow", "liar"] as const) {
      const caller = await visit(personality);
      await caller.shake();
      caller.send("getaddr");
      expect((await caller.gossip()).count).toBeGreaterThan(1);
    }
    const announcer = await visit("announcer");
    await announcer.shake();
    const announced = await announcer.gossip();
    expect(announced.entries.map(({ address }) => formatAddress(address))).toEqual([node("announcer").key]);
    announcer.send("getaddr");
    expect((await announcer.gossip()).count).toBeGreaterThan(1);
  });

  it("legacy states version 9 and answers at once, by addr even where others speak 12", async () => {
    const caller = await visit("legacy", devnet12);
    expect((await caller.shake()).version).toBe(9);
    caller.send("getaddr");
    await caller.sync();
    expect((await caller.gossip()).command).toBe("addr");
  });

  it.each([
    ["addr", () => devnet],
    ["addrv2", () => devnet12],
  ] as const)("flooder tells more than is allowed, by %s", async (command, net) => {
    const caller = await visit("flooder", net());
    await caller.shake();
    caller.send("getaddr");
    const { payload } = await caller.next(command);
    expect(payload[0]).toBe(0xfd);
    expect(payload[1]! + 256 * payload[2]!).toBeGreaterThan(MAX_TOLD);
  });
});

describe("faults", () => {
  it("wrong-magic: speaks first, with another magic, and hangs up on ours", async () => {
    const caller = await visit("wrong-magic");
    await caller.until(() => caller.octets > 0);
    expect(caller.commands).toEqual([]);
    caller.greet();
    await caller.closed();
  });

  it("old-version, missing-services and stuck: honest, but not good enough", async () => {
    const [old, poor, stuck] = await Promise.all((["old-version", "missing-services", "stuck"] as const).map((each) => visit(each)));
    const { minVersion, services, maxHeightLag } = devnet.network;
    expect((await old!.shake()).version).toBeLessThan(minVersion);
    expect(hasServices((await poor!.shake()).services, services)).toBe(false);
    expect((await stuck!.shake()).startHeight).toBeLessThan(devnet.height() - maxHeightLag);
  });

  it("dripper: a whole version message, one octet at a time", async () => {
    const caller = await visit("dripper");
    caller.greet();
    await caller.until(() => caller.octets > 0);
    expect(caller.octets).toBeLessThan(24);
    await caller.next("version");
  });

  it("silent says nothing, garbage everything, dead resets", async () => {
    const silent = await visit("silent");
    silent.greet();
    const dead = await visit("dead");
    await dead.closed();
    expect(dead.error).toBe("ECONNRESET");
    const garbage = await visit("garbage");
    await garbage.until(() => garbage.octets > 100_000);
    expect(garbage.commands).toEqual([]);
    expect(silent).toMatchObject({ octets: 0, over: false });
  });
});
