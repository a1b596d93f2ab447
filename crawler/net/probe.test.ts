import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { parseAddress, type PeerAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import { createSession } from "../protocols/families.ts";
import type { Evidence, Hearsay, Session, Step } from "../protocols/session.ts";
import { tcpCarrier } from "./channel.ts";
import { directDialer, LocalLimit, type Dialer } from "./dial.ts";
import { MAX_PROBE_BYTES, probe, type ProbeOptions, type ProbeResult } from "./probe.ts";
import { MISBEHAVIOURS, addr, deadAddress, listen, message, shakeHands, version } from "./test-peer.ts";

interface Seen {
  readonly result: ProbeResult;
  readonly verified: Evidence[];
  readonly hearsay: Hearsay[];
}

const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);

async function run(address: PeerAddress, options: Partial<ProbeOptions> & { harvest?: boolean } = {}): Promise<Seen> {
  const verified: Evidence[] = [];
  const hearsay: Hearsay[] = [];
  const context = { target: address, harvest: options.harvest ?? false, unixTime: 1_800_000_000, random, userAgent: "/t/" };
  const result = await probe({
    address,
    dialer: directDialer,
    carrier: tcpCarrier,
    connectTimeoutMs: 5_000,
    signal: new AbortController().signal,
    now: () => performance.now(),
    session: () => createSession(DEVNET, context),
    onVerified: (evidence) => void verified.push(evidence),
    onLearned: () => {},
    onHearsay: (entries) => void hearsay.push(...entries),
    ...options,
  });
  return { result, verified, hearsay };
}

const step = (deadline: number | undefined, failure?: ProbeFailure): Step => ({
  send: [],
  events: failure === undefined ? [] : [{ type: "failed", failure, detail: "" }],
  deadline,
});

/** A session that waits `ms` for anything, and takes everything for nothing. */
function patience(ms: number): Session {
  let end = 0;
  return {
    open: (now) => step((end = now + ms)),
    receive: () => step(end),
    tick: (now) => (now >= end ? step(undefined, "handshake-timeout") : step(end)),
    closed: () => step(undefined, "closed"),
  };
}

const ADDR = addr([parseAddress("127.0.0.2:28333"), parseAddress("127.0.0.3:28333")]);

const bug = (): never => {
  throw new TypeError("bug");
};

describe("a peer that shakes hands", () => {
  it("is verified with its evidence, and the connection is closed", async () => {
    await using peer = await listen(shakeHands);
    const { result, verified } = await run(peer.address);
    const evidence = { services: "409", version: 70_016, agent: "/peer:1/", height: 100 };
    expect(result).toEqual({ type: "verified", evidence });
    expect(verified).toEqual([evidence]);
  });

  it("is verified at the handshake; gossip comes after, and cannot take it back", async () => {
    await using peer = await listen((socket) => {
      shakeHands(socket);
      socket.write(message("addr", ADDR));
      socket.end(message("addr", Uint8Array.of(0xfd, 0xff, 0xff)));
    });
    const { result, hearsay } = await run(peer.address, { harvest: true });
    expect(result).toMatchObject({ type: "verified" });
    expect(hearsay.map(({ address }) => `${address.host}:${address.port}`)).toEqual(["127.0.0.2:28333", "127.0.0.3:28333"]);
  });

  it("is verified from octets that come one by one", async () => {
    await using peer = await listen((socket) => {
      socket.setNoDelay(true);
      const octets = Buffer.concat([message("version", version()), message("verack")]);
      let at = 0;
      const drip = (): void => void (at < octets.length && socket.write(octets.subarray(at, ++at), () => setImmediate(drip)));
      drip();
    });
    expect((await run(peer.address)).result).toMatchObject({ type: "verified" });
  });
});

describe("every way to fail", () => {
  for (const [failure, behave] of Object.entries(MISBEHAVIOURS)) {
    it(failure, async () => {
      await using peer = await listen(behave);
      expect((await run(peer.address)).result).toMatchObject({ type: "failed", failure });
    });
  }

  it("closed, by a reset", async () => {
    await using peer = await listen((socket) => void socket.once("data", () => socket.resetAndDestroy()));
    expect((await run(peer.address)).result).toMatchObject({ type: "failed", failure: "closed" });
  });

  it("refused", async () => {
    expect((await run(await deadAddress())).result).toMatchObject({ type: "failed", failure: "refused" });
  });

  it("handshake-timeout, by a peer that says nothing", async () => {
    await using peer = await listen(() => {});
    expect((await run(peer.address, { session: () => patience(30) })).result).toMatchObject({
      type: "failed",
      failure: "handshake-timeout",
    });
  });

  it("handshake-timeout, by a peer that drips: no octet moves the deadline", async () => {
    await using peer = await listen((socket) => {
      const drip = (): void => void (socket.writable && socket.write("x", () => setImmediate(drip)));
      drip();
    });
    expect((await run(peer.address, { session: () => patience(60) })).result).toMatchObject({
      type: "failed",
      failure: "handshake-timeout",
    });
  });

  it("flooding, whatever the session thinks of it", async () => {
    await using peer = await listen((socket) => {
      const block = Buffer.alloc(1 << 20);
      const flood = (): void => void (socket.writable && socket.write(block, flood));
      flood();
    });
    const { result } = await run(peer.address, { session: () => patience(60_000) });
    expect(result).toMatchObject({ type: "failed", failure: "flooding" });
    expect(MAX_PROBE_BYTES).toBeGreaterThan(4_000_000 + 1_100_000); // what the Bitcoin family's own limits add up to
  });

  it("keeps what a useless peer said of itself", async () => {
    await using peer = await listen((socket) => void socket.write(message("version", version({ services: "0" }))));
    expect((await run(peer.address)).result).toMatchObject({ evidence: { services: "0", agent: "/peer:1/" } });
  });
});

describe("the driver", () => {
  it("closes the socket of a peer that keeps its half open", async () => {
    const closed = Promise.withResolvers<void>();
    await using peer = await listen((socket) => {
      socket.allowHalfOpen = true;
      const talk = (): void => void (socket.writable && socket.write("still here", () => setImmediate(talk)));
      socket
        .resume()
        .once("end", talk)
        .once("close", () => closed.resolve());
      shakeHands(socket);
    });
    await run(peer.address);
    await closed.promise;
    expect(peer.open()).toBe(0);
  });

  it("breaks off when told, and says nothing of the peer", async () => {
    const abort = new AbortController();
    await using peer = await listen((socket) => void socket.once("data", () => abort.abort()));
    expect((await run(peer.address, { signal: abort.signal })).result).toEqual({ type: "aborted" });
  });

  it("does not blame the peer for a limit of ours", async () => {
    const dialer: Dialer = { ...directDialer, dial: () => Promise.reject(new LocalLimit("EMFILE")) };
    expect((await run(await deadAddress(), { dialer })).result).toEqual({ type: "local", cause: "limit", detail: "EMFILE" });
  });

  it("hands errors of our own to the caller, and closes the socket all the same", async () => {
    const socketClosed = Promise.withResolvers<void>();
    await using peer = await listen((socket) => {
      socket.once("close", () => socketClosed.resolve());
      shakeHands(socket);
    });
    await expect(run(peer.address, { onVerified: bug })).rejects.toThrow("bug");
    await socketClosed.promise;
  });

  it("notices a peer that hung up before anyone listened", async () => {
    const accepted = Promise.withResolvers<Socket>();
    await using peer = await listen(accepted.resolve);
    const dialer: Dialer = {
      ...directDialer,
      async dial(address, options) {
        const socket = await directDialer.dial(address, options);
        const closed = new Promise<void>((resolve) => void socket.once("close", resolve));
        (await accepted.promise).resetAndDestroy();
        await closed;
        return socket;
      },
    };
    expect((await run(peer.address, { dialer })).result).toMatchObject({ type: "failed", failure: "closed" });
  });
});
