import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bytesToHex } from "@noble/hashes/utils.js";
import { formatAddress } from "../../../schema/address.ts";
import { DEVNET_NANO } from "../../../schema/networks/devnet.ts";
import { isProof } from "../../protocols/nano/handshake.ts";
import { encodeMessage, NANO_TYPE } from "../../protocols/nano/header.ts";
import { NANO_LIMITS } from "../../protocols/nano/limits.ts";
import { decodeTelemetry, isSigned } from "../../protocols/nano/telemetry.ts";
import { parseDevnetConfig } from "../config.ts";
import type { Personality } from "../personalities.ts";
import { startDevnet, type Devnet } from "../server.ts";
import { ZOO } from "../test-zoo.ts";
import { COOKIE_MS, SILENT_MS } from "./honest.ts";
import { callNano, COOKIE, type NanoCaller } from "./test-caller.ts";

const { wire, minVersion } = DEVNET_NANO;

let devnet: Devnet;
const callers: NanoCaller[] = [];

beforeAll(async () => {
  devnet = await startDevnet(ZOO, { port: 0, network: DEVNET_NANO });
  return async () => {
    await Promise.all(callers.map((caller) => caller.hangUp()));
    await devnet.stop();
    expect(devnet.stats().open).toBe(0);
  };
});

const node = (personality: Personality) => devnet.nodes.find((each) => each.personality === personality && each.address.family === "ipv4")!;

async function visit(personality: Personality, networkId?: string): Promise<NanoCaller> {
  const caller = await callNano(node(personality).address, networkId);
  callers.push(caller);
  return caller;
}

const message = (type: number, extensions = 0, length = 0) => encodeMessage(wire, type, extensions, new Uint8Array(length));

describe("a faithful node", () => {
  it("answers a query with its own and a proof, in the version that the caller understands", async () => {
    for (const understandsV2 of [true, false]) {
      const caller = await visit("faithful");
      caller.query({ understandsV2 });
      const theirs = await caller.handshake();
      expect(theirs.understandsV2).toBe(understandsV2);
      expect(theirs.cookie).toBeDefined();
      expect(theirs.response?.v2 !== undefined).toBe(understandsV2);
      expect(isProof(COOKIE, theirs.response!)).toBe(true);
    }
  });

  it("has the same node id for everybody, another cookie, and not its neighbour's id", async () => {
    const answers = [];
    for (const personality of ["faithful", "faithful", "slow"] as const) {
      const caller = await visit(personality);
      caller.query();
      answers.push(await caller.handshake());
    }
    const ids = answers.map(({ response }) => bytesToHex(response!.nodeId));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    expect(answers[0]!.cookie).not.toEqual(answers[1]!.cookie);
  });

  it("tells its port and up to six peers at once, others the next time, and itself within a while", async () => {
    const told = [];
    for (let i = 0; i < 2; i++) {
      const caller = await visit("faithful");
      await caller.shake();
      const { ownPort, peers } = await caller.keepalive();
      expect(ownPort).toBe(devnet.network.port);
      expect(peers).toHaveLength(6);
      told.push(peers.map(formatAddress).join());
      const telemetry = decodeTelemetry((await caller.next(NANO_TYPE.telemetryAck)).payload)!;
      expect(isSigned(telemetry)).toBe(true);
      const { version, agent, lag } = node("faithful");
      expect(telemetry).toMatchObject({ protocolVersion: version, cementedCount: BigInt(100_000 - lag) });
      expect(agent).toBe(`Nano ${telemetry.major}.${telemetry.minor}.${telemetry.patch}`);
      // Beside what is read there was a question and a block.
      expect(caller.octets).toBe(200 + 152 + 72 + 224 + 210);
    }
    expect(told[0]).not.toBe(told[1]);
  });

  it("takes an empty keepalive without an answer", async () => {
    const caller = await visit("faithful");
    await caller.shake();
    await caller.next(NANO_TYPE.telemetryAck);
    caller.keep();
    caller.query(); // a second handshake ends it, so that there is something to wait for
    await caller.closed();
    expect(caller.octets).toBe(200 + 152 + 72 + 224 + 210);
  });

  it.each<[string, (caller: NanoCaller) => void]>([
    ["another network's id", (caller) => caller.query({}, { ...wire, networkId: "5243" })],
    ["a version below its least", (caller) => caller.query({}, { ...wire, versionUsing: wire.versionMin - 1 })],
    ["an unknown type", (caller) => caller.send(Uint8Array.of(0x52, 0x44, 21, 21, 20, 0x20, 0, 0))],
    ["a keepalive before the handshake", (caller) => caller.keep()],
    ["telemetry before the handshake", (caller) => caller.send(message(NANO_TYPE.telemetryAck))],
    ["a handshake without a query", (caller) => caller.query({ cookie: undefined })],
  ])("hangs up without a word on %s", async (_, act) => {
    const caller = await visit("faithful");
    act(caller);
    await caller.closed();
    expect(caller.octets).toBe(0);
  });

  it.each<[string, Parameters<NanoCaller["prove"]>[1]]>([
    ["that is of another cookie", { signs: COOKIE }],
    ["of another ledger", { genesis: "00".repeat(32) }],
  ])("hangs up without a word on a response %s", async (_, lie) => {
    const caller = await visit("faithful");
    caller.query();
    caller.prove(await caller.handshake(), lie);
    await caller.closed();
    expect(caller.octets).toBe(200);
  });

  it("hangs up without a word on a second query", async () => {
    const caller = await visit("faithful");
    caller.query();
    await caller.handshake();
    caller.query();
    await caller.closed();
    expect(caller.octets).toBe(200);
  });
});

describe("a faithful node's patience", () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterAll(() => void vi.useRealTimers());

  it("ends with the life of its cookie, and with that of a caller who proves nothing", async () => {
    const [late, idler, channel] = [await visit("faithful"), await visit("faithful"), await visit("faithful")];
    late.query();
    idler.query();
    const theirs = await late.handshake();
    await idler.handshake();
    await channel.shake();
    await channel.keepalive();
    vi.advanceTimersByTime(COOKIE_MS);
    late.prove(theirs);
    await late.closed();
    expect(late.octets).toBe(200);
    expect(idler.over).toBe(false);
    vi.advanceTimersByTime(SILENT_MS);
    await idler.closed();
    expect((await channel.keepalive()).ownPort).toBeUndefined();
    expect(channel.over).toBe(false);
  });
});

describe("habits", () => {
  it("slow: does everything, later", async () => {
    const caller = await visit("slow");
    await caller.shake();
    expect((await caller.keepalive()).peers).toHaveLength(6);
  });

  it("legacy: knows nothing of V2", async () => {
    const caller = await visit("legacy");
    const theirs = await caller.shake();
    expect(theirs.understandsV2).toBe(false);
    expect(isProof(COOKIE, theirs.response!)).toBe(true);
    expect((await caller.keepalive()).peers).toHaveLength(6);
    expect(node("legacy").version).toBe(minVersion);
  });

  it("announcer: names nobody first, and its peers a little later", async () => {
    const caller = await visit("announcer");
    await caller.shake();
    expect(await caller.keepalive()).toEqual({ ownPort: node("announcer").address.port, peers: [] });
    expect((await caller.keepalive()).peers).toHaveLength(6);
  });

  it("liar: names addresses that do not exist", async () => {
    const named = new Set<string>();
    const liars = devnet.nodes.filter(({ personality }) => personality === "liar");
    for (const { address } of liars) {
      const caller = await callNano(address);
      callers.push(caller);
      await caller.shake();
      for (const peer of (await caller.keepalive()).peers) named.add(formatAddress(peer));
    }
    expect([...named].some((key) => devnet.population.find(key) === undefined)).toBe(true);
  });

  it("flooder: names its peers without end", async () => {
    const caller = await visit("flooder");
    await caller.shake();
    for (let i = 0; i <= NANO_LIMITS.keepalives; i++) await caller.keepalive();
    await caller.hangUp();
  });
});

describe("faults", () => {
  it("dead and absent: nobody is there", async () => {
    for (const personality of ["dead", "absent"] as const) {
      const caller = await visit(personality);
      await caller.closed();
      expect(caller.octets).toBe(0);
    }
  });

  it("silent: takes everything and says nothing, while others talk", async () => {
    const caller = await visit("silent");
    caller.query();
    await (await visit("faithful")).shake();
    expect(caller).toMatchObject({ octets: 0, over: false });
    await caller.hangUp();
  });

  it("wrong-magic: an answer with another network's id", async () => {
    const caller = await visit("wrong-magic", "adbb");
    caller.query();
    expect(isProof(COOKIE, (await caller.handshake()).response!)).toBe(true);
  });

  it("missing-services: an honest answer of another ledger", async () => {
    const caller = await visit("missing-services");
    caller.query();
    const { response } = await caller.handshake();
    expect(isProof(COOKIE, response!)).toBe(true);
    expect(bytesToHex(response!.v2!.genesis)).not.toBe(wire.genesis);
  });

  it("old-version: an honest answer of an old node", async () => {
    const caller = await visit("old-version");
    caller.query();
    const { header } = await caller.next(NANO_TYPE.handshake);
    expect(header.versionUsing).toBe(minVersion - 1);
  });

  it("stuck: not the node that it says it is", async () => {
    const caller = await visit("stuck");
    caller.query();
    expect(isProof(COOKIE, (await caller.handshake()).response!)).toBe(false);
  });

  it("dripper: a whole answer, one octet at a time", async () => {
    const caller = await visit("dripper");
    caller.query();
    await caller.until(() => caller.octets > 0);
    expect(caller.octets).toBeLessThan(100);
    expect(isProof(COOKIE, (await caller.handshake()).response!)).toBe(true);
  });

  it("garbage: pours octets for as long as one reads", async () => {
    const caller = await visit("garbage");
    await caller.until(() => caller.octets > 1_000_000);
    expect(caller.fault).toBeDefined();
    await caller.hangUp();
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
