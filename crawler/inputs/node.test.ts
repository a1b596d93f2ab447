import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET, DEVNET_CHIA } from "../../schema/networks/devnet.ts";
import { startIntroducer, type Introducer } from "../../introducer/introducer.ts";
import { AUTHORITY, CERTIFICATE } from "../../introducer/test-client.ts";
import { ROWS, START, startTestEdge, type TestEdge } from "../../serving/test-edge.ts";
import { address, hearsay } from "../engine/test-kit.ts";
import { carrierOf } from "../net/carriers.ts";
import { directDialer, ProxyError, type Dialer } from "../net/dial.ts";
import { addr, listen, message, shakeHands } from "../net/test-peer.ts";
import type { InputAnswer, InputKind } from "./input.ts";
import { MAX_NODE_ADDRESSES, nodeInput, parsePlace, sessionOf, type NodeOptions } from "./node.ts";

const NEVER = new AbortController().signal;
const BROKEN_PROXY: Dialer = { ...directDialer, dialName: () => Promise.reject(new ProxyError("proxy 127.0.0.1:1 hung up")) };

type Options = Partial<Pick<NodeOptions, "dialer" | "session">> & {
  readonly network?: Network;
  readonly kind?: InputKind;
  readonly signal?: AbortSignal;
};

function ask(place: string, options: Options = {}): Promise<InputAnswer> {
  const { network = DEVNET, kind = "introducer", dialer = directDialer, signal = NEVER } = options;
  const input = nodeInput({ kind, name: place }, parsePlace(place), {
    dialer,
    scope: network.scope,
    carrier: carrierOf(network),
    connectTimeoutMs: 5_000,
    userAgent: "/test:1/",
    clock: () => START,
    session: options.session ?? sessionOf(network, kind),
  });
  return input.ask(signal);
}

describe("parsePlace", () => {
  it.each([
    ["seed.example:8444", { host: "seed.example", port: 8_444 }],
    ["127.0.0.1:1", { host: "127.0.0.1", port: 1 }],
    ["[2001:db8::1]:65535", { host: "2001:db8::1", port: 65_535 }],
    ["seed.example", undefined],
    ["seed.example:0", undefined],
    ["seed.example:65536", undefined],
    ["2001:db8::1:8444", undefined],
    ["a b:1", undefined],
    ["", undefined],
  ])("reads %s", (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });
});

describe("a node asked for addresses", () => {
  it("tells what it knows, by the system's resolver or through a proxy", async () => {
    await using peer = await listen((socket) => {
      shakeHands(socket);
      socket.write(message("addr", addr([address(1), address(2)])));
    });
    const told = await ask(`localhost:${peer.address.port}`);
    expect(told).toEqual({ addresses: [address(1, 8_333), address(2, 8_333)] });
    const names: string[] = [];
    const dialName: NonNullable<Dialer["dialName"]> = (host, port, options) => {
      names.push(`${host}:${port}`);
      return directDialer.dial(peer.address, options);
    };
    expect(await ask("seed.example:8333", { dialer: { ...directDialer, dialName } })).toEqual(told);
    expect(names).toEqual(["seed.example:8333"]);
  });

  it("is left once it has told more than enough", async () => {
    await using peer = await listen(() => {});
    const entries = hearsay(0, MAX_NODE_ADDRESSES + 500);
    const step = { send: [], events: [{ type: "hearsay" as const, entries }], deadline: Infinity };
    const endless = { open: () => step, receive: () => step, tick: () => step, closed: () => step };
    const { addresses } = await ask(formatAddress(peer.address), { session: () => endless });
    expect(addresses.map(formatAddress)).toEqual(entries.slice(0, MAX_NODE_ADDRESSES).map((each) => formatAddress(each.address)));
    await expect.poll(() => peer.open()).toBe(0);
  });

  it("is nowhere but where peers can be: no name, and no parameter, has us call our own network", async () => {
    await using peer = await listen(() => {});
    const network: Network = { ...DEVNET, scope: "public" };
    const { port } = peer.address;
    for (const place of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "10.0.0.1:1", "[fc00::1]:1"]) {
      const problem = "unreachable: leads to no address of the public internet";
      expect(await ask(place, { network })).toEqual({ addresses: [], problem });
    }
    expect(await ask("8.8.8.8:1")).toEqual({ addresses: [], problem: "unreachable: leads to no loopback address" });
    expect(peer.accepted()).toBe(0);
  });

  it("says why where it tells nothing", async () => {
    await using reticent = await listen(shakeHands);
    await using rude = await listen((socket) => void socket.end());
    await using silent = await listen(() => {});
    expect(await ask(formatAddress(reticent.address))).toEqual({ addresses: [], problem: "told no addresses" });
    expect(await ask(formatAddress(rude.address))).toMatchObject({ addresses: [], problem: expect.stringMatching(/^closed: /) });
    expect(await ask("127.0.0.1:1")).toEqual({ addresses: [], problem: "refused: no connection" });
    expect(await ask("nonsense")).toEqual({ addresses: [], problem: "expected host:port" });
    expect(await ask("seed.example:1", { dialer: BROKEN_PROXY })).toMatchObject({ problem: "proxy 127.0.0.1:1 hung up" });
    const stop = new AbortController();
    const broken = ask(formatAddress(silent.address), { signal: stop.signal });
    await expect.poll(() => silent.accepted()).toBe(1);
    stop.abort();
    expect(await broken).toEqual({ addresses: [], problem: "broken off" });
  });
});

describe("a Chia introducer", () => {
  let edge: TestEdge;
  let introducer: Introducer;

  beforeEach(async () => {
    edge = await startTestEdge(DEVNET_CHIA);
    edge.publish({ peers: ROWS });
    introducer = await startIntroducer({
      edge: edge.url,
      snapshotKeys: [edge.publicKey],
      network: DEVNET_CHIA,
      certificate: { ...CERTIFICATE, authorityPem: AUTHORITY.certPem },
      softwareVersion: "Seedcast test",
      host: "127.0.0.1",
      port: 0,
      refreshSeconds: 0.02,
      now: () => START * 1_000,
    });
  });
  afterEach(async () => {
    await introducer.stop();
    await edge.close();
  });

  it("is asked in its own words", async () => {
    await introducer.ready;
    const { addresses, problem } = await ask(`127.0.0.1:${introducer.port}`, { network: DEVNET_CHIA });
    expect(problem).toBeUndefined();
    expect(addresses.length).toBeGreaterThan(0);
    const known = new Set(ROWS.map(([text]) => formatAddress(parseAddress(text))));
    for (const each of addresses) expect(known).toContain(formatAddress(each));
  });

  it("is no node that could be asked as one, nor the other way round", async () => {
    await introducer.ready;
    const asNode = await ask(`127.0.0.1:${introducer.port}`, { network: DEVNET_CHIA, kind: "dns" });
    expect(asNode).toMatchObject({ addresses: [], problem: expect.stringMatching(/^services-missing/) });
  });
});
