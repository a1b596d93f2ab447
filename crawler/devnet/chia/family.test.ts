/** What each personality of fake Chia nodes does to a caller. */
import { connect as connectTls } from "node:tls";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEVNET_CHIA } from "../../../schema/networks/devnet.ts";
import { carrierOf } from "../../net/carriers.ts";
import { directDialer } from "../../net/dial.ts";
import { NODE_TYPES, capabilityServices, versionNumber } from "../../protocols/chia/handshake.ts";
import { MESSAGE_TYPES } from "../../protocols/chia/message.ts";
import { decodePeak, decodePeakWallet } from "../../protocols/chia/peak.ts";
import type { Personality } from "../personalities.ts";
import { startDevnet, type Devnet } from "../server.ts";
import { ZOO, ZOO_MS } from "../test-zoo.ts";
import { MAX_REQUESTS } from "./honest.ts";
import { call, type ChiaCaller } from "./test-caller.ts";

let devnet: Devnet;
const callers: ChiaCaller[] = [];

beforeAll(async () => {
  devnet = await startDevnet({ ...ZOO, dripMs: 1_000 }, { port: 0, network: DEVNET_CHIA, now: () => ZOO_MS });
});

afterEach(async () => {
  for (const caller of callers.splice(0)) caller.hangUp();
  while (devnet.stats().open > 0) await setImmediate();
});

afterAll(() => devnet.stop());

/** A node of a kind; where two ways to be bad are told apart by the index, the one with an odd or even index. */
const node = (personality: Personality, odd?: boolean) =>
  devnet.nodes.find((each) => each.personality === personality && (odd === undefined || (each.index % 2 === 1) === odd))!;

async function visit(personality: Personality, odd?: boolean): Promise<ChiaCaller> {
  const caller = await call(node(personality, odd).address);
  callers.push(caller);
  return caller;
}

describe("a faithful node", () => {
  it("says what the population says of it, then its peak", async () => {
    const caller = await visit("faithful");
    const { version, services, agent, lag, address } = node("faithful");
    const theirs = await caller.shake();
    expect(theirs).toMatchObject({ networkId: "devnet", softwareVersion: agent, serverPort: address.port, nodeType: NODE_TYPES.fullNode });
    expect(versionNumber(theirs.protocolVersion)).toBe(version);
    expect(capabilityServices(theirs.capabilities)).toBe(services);
    const peak = await caller.next();
    expect(peak.type).toBe(MESSAGE_TYPES.newPeakWallet);
    expect(decodePeakWallet(peak.data).height).toBe(100_000 - lag);
  });

  it("tells other full nodes its peak their way, and harvesters none", async () => {
    const full = await visit("faithful");
    await full.shake({ nodeType: NODE_TYPES.fullNode });
    const peak = await full.next();
    expect(peak.type).toBe(MESSAGE_TYPES.newPeak);
    expect(decodePeak(peak.data).unfinishedHash).toHaveLength(32);
    const harvester = await visit("faithful");
    await harvester.shake({ nodeType: NODE_TYPES.harvester });
    expect((await harvester.ask(0)).peers.length).toBeGreaterThan(10);
  });

  it("answers every request for peers with its id, for ten a minute", async () => {
    const caller = await visit("faithful");
    await caller.shake();
    await caller.next();
    for (let id = 0; id < MAX_REQUESTS; id++) {
      const answer = await caller.ask(id);
      expect(answer.id).toBe(id);
      expect(answer.peers).toHaveLength(Math.floor(0.23 * 199) + 1);
    }
    caller.request(MAX_REQUESTS);
    expect(await caller.closed()).toBeUndefined();
  });

  it.each<[string, (caller: ChiaCaller) => void, string]>([
    ["another network's id", (caller) => caller.greet({ networkId: "mainnet" }), "wrong-network"],
    ["a request before the handshake", (caller) => caller.request(0), "closed"],
    ["a handshake that is cut off", (caller) => caller.say({ type: MESSAGE_TYPES.handshake, data: new Uint8Array(3) }), "closed"],
  ])("hangs up on %s", async (_, say, failure) => {
    const caller = await visit("faithful");
    say(caller);
    expect((await caller.closed())?.failure).toBe(failure);
  });

  it("hangs up on a version that is none only after its own handshake, and on messages that it does not know", async () => {
    const odd = await visit("faithful");
    expect((await odd.shake({ protocolVersion: "latest" })).networkId).toBe("devnet");
    expect((await odd.closed())?.detail).toContain("error 1");
    const wild = await visit("faithful");
    await wild.shake();
    wild.say({ type: 254, data: new Uint8Array(0) });
    expect((await wild.closed())?.failure).toBe("closed");
  });

  it("lets nobody in without a certificate", async () => {
    const { host, port } = node("faithful").address;
    const bare = connectTls({ host, port, rejectUnauthorized: false });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => bare.on("error", resolve));
    expect(error.code).toContain("CERTIFICATE_REQUIRED");
  });
});

describe("nodes with habits", () => {
  it.each<Personality>(["slow", "legacy", "announcer", "liar"])("a %s node is good all the same", async (personality) => {
    const caller = await visit(personality);
    const theirs = await caller.shake();
    expect(versionNumber(theirs.protocolVersion)).toBeGreaterThanOrEqual(DEVNET_CHIA.minVersion);
    expect(theirs.nodeType).toBe(NODE_TYPES.fullNode);
  });

  it("an announcer tells of itself unasked, and answers later", async () => {
    const caller = await visit("announcer");
    await caller.shake();
    await caller.next();
    const unasked = await caller.next();
    expect([unasked.type, unasked.id]).toEqual([MESSAGE_TYPES.respondPeers, undefined]);
    const answer = await caller.ask(5);
    expect(answer.id).toBe(5);
    expect(answer.peers.length).toBeGreaterThan(1);
  });

  it("a liar tells of times that cannot be", async () => {
    const caller = await visit("liar");
    await caller.shake();
    await caller.next();
    const { peers } = await caller.ask(0);
    expect(peers.some(({ timestamp }) => timestamp > BigInt(ZOO_MS / 1000))).toBe(true);
  });

  it("a flooder tells of too many, or sends 50 MB", async () => {
    const many = await visit("flooder", false);
    await many.shake();
    await many.next();
    many.request(0);
    await expect(many.next().then(({ data }) => new DataView(data.buffer, data.byteOffset).getUint32(0))).resolves.toBe(1_500);
    const large = await visit("flooder", true);
    await large.shake();
    await large.next();
    large.request(0);
    expect((await large.closed())?.failure).toBe("flooding");
  });
});

describe("nodes that deserve no service", () => {
  it("one of another network says so, either way", async () => {
    const silent = await visit("wrong-magic", false);
    silent.greet();
    expect((await silent.closed())?.failure).toBe("wrong-network");
    const open = await visit("wrong-magic", true);
    expect((await open.shake()).networkId).toBe("not-devnet");
  });

  it("one without services is no full node, or lacks a capability", async () => {
    expect((await (await visit("missing-services", true)).shake()).nodeType).toBe(NODE_TYPES.harvester);
    const { nodeType, capabilities } = await (await visit("missing-services", false)).shake();
    expect(nodeType).toBe(NODE_TYPES.fullNode);
    expect(capabilities).not.toContainEqual([1, "1"]);
  });

  it("an old one states a version below the network's least, a stuck one a height far behind", async () => {
    expect(versionNumber((await (await visit("old-version")).shake()).protocolVersion)).toBe(DEVNET_CHIA.minVersion - 1);
    const stuck = await visit("stuck");
    await stuck.shake();
    expect(decodePeakWallet((await stuck.next()).data).height).toBeLessThan(100_000 - DEVNET_CHIA.maxHeightLag);
  });

  it.each<[Personality, string]>([
    ["dead", "closed"],
    ["silent", "handshake-timeout"],
    ["dripper", "handshake-timeout"],
    ["garbage", "malformed"],
  ])("a %s one is never a WebSocket: %s", async (personality, failure) => {
    const { address } = node(personality);
    const options = { timeoutMs: failure === "handshake-timeout" ? 150 : 20_000, signal: new AbortController().signal };
    const reach = async (): Promise<unknown> => carrierOf(DEVNET_CHIA)(await directDialer.dial(address, options), { ...options, address });
    await expect(reach()).rejects.toMatchObject({ failure: personality === "dead" ? expect.stringMatching(/closed|refused/) : failure });
  });
});
