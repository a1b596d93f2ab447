import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../schema/address.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { startCrawl, type Crawl, type CrawlOptions } from "./crawl.ts";
import type { CrawlPolicy } from "./engine/policy.ts";
import { DialError, directDialer, LocalLimit, type Dialer } from "./net/dial.ts";
import { MISBEHAVIOURS, addr, deadAddress, listen, message, shakeHands, version, type TestPeer } from "./net/test-peer.ts";
import { StoreError } from "./store/database.ts";
import { openStore } from "./store/store.ts";

const NETWORK: Network = { ...DEVNET, fixedSeeds: [] };

/** A policy under which hours pass in seconds. */
const FAST: Partial<CrawlPolicy> = { retestSeconds: 0.2, retestJitter: 0, minRetrySeconds: 0.2, goodWindowSeconds: 60 };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "seedcast-crawl-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts a crawl and offers to wait, probe by probe, until something holds. */
function crawling(options: Partial<CrawlOptions>): { crawl: Crawl; until: (holds: (crawl: Crawl) => boolean) => Promise<void> } {
  let wake = Promise.withResolvers<void>();
  const nudge = (): void => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const crawl = startCrawl({ network: NETWORK, onProbe: nudge, onReportsChanged: nudge, ...options });
  const until = async (holds: (crawl: Crawl) => boolean): Promise<void> => {
    while (!holds(crawl)) await wake.promise;
  };
  return { crawl, until };
}

const states = (crawl: Crawl): Record<string, string> =>
  Object.fromEntries(Array.from(crawl.reports(), ({ address, state, reason }) => [address, reason ?? state]));

describe("startCrawl", () => {
  it("goes from one peer to all that gossip names, and calls only those good that shake hands", async () => {
    await using silent = await listen(() => {});
    await using far = await listen(shakeHands);
    const dead = await deadAddress();
    await using near = await listen((socket) => {
      shakeHands(socket);
      socket.write(message("addr", addr([far.address, silent.address, dead])));
    });
    const { crawl, until } = crawling({ peers: [near.address] });
    await until(({ progress }) => progress().probed >= 3);
    expect(states(crawl)).toEqual({ [formatAddress(near.address)]: "good", [formatAddress(far.address)]: "good" });
    expect(crawl.progress()).toMatchObject({ known: 4, good: 2, failures: { refused: 1 } });
    await crawl.stop();
    expect(silent.accepted()).toBe(1);
  });

  it("opens no more connections a second than it may, and gives up when it is told to", async () => {
    await using silent = await listen(() => {});
    const peers = [silent.address, ...(await Promise.all(Array.from({ length: 9 }, deadAddress)))];
    const times: number[] = [];
    const dial: Dialer["dial"] = (address, options) => {
      times.push(performance.now());
      return directDialer.dial(address, options);
    };
    const { crawl, until } = crawling({ peers, dialer: { ...directDialer, dial }, maxRate: 40, waits: { handshakeMs: 100 } });
    await until(({ progress }) => progress().probed >= peers.length);
    await crawl.stop();
    // Our own timers may be late, never early: ten in a row take nine gaps of 25 ms at least, but for the clock's grain.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(9 * 25 - 5);
    expect(crawl.progress().failures).toMatchObject({ "handshake-timeout": 1 });
  });

  it("retests at its interval, lapses a peer that died and takes it back", async () => {
    let alive = true;
    await using peer = await listen((socket) => (alive ? shakeHands(socket) : socket.destroy()));
    const { crawl, until } = crawling({ peers: [peer.address], policy: FAST });
    const key = formatAddress(peer.address);
    await until((one) => states(one)[key] === "good");
    alive = false;
    await until((one) => states(one)[key] === "closed");
    alive = true;
    await until((one) => ["good", "unreliable"].includes(states(one)[key]!));
    expect(peer.accepted()).toBeGreaterThan(2);
    await crawl.stop();
  });

  it("announces changes of reports, and keeps quiet otherwise", async () => {
    await using peer = await listen(shakeHands);
    let announced = 0;
    const changed = Promise.withResolvers<void>();
    const { crawl, until } = crawling({
      peers: [peer.address],
      policy: FAST,
      onReportsChanged: () => {
        announced++;
        changed.resolve();
      },
    });
    await changed.promise;
    await until((one) => one.progress().probed >= 3);
    expect(announced).toBe(1);
    await crawl.stop();
  });

  it("stops in the middle of everything: no socket, no timer, no loss", async () => {
    await using silent = await listen(() => {});
    await using peer = await listen(shakeHands);
    const path = join(folder, "crawl.db");
    const { crawl, until } = crawling({ peers: [silent.address, peer.address], storePath: path });
    await until((one) => one.progress().probed === 1);
    expect(crawl.progress().inFlight).toBeGreaterThan(0);
    await crawl.stop();
    await crawl.done;
    await crawl.stop();
    const store = openStore(path, NETWORK.name);
    expect([...store.load("loopback", Date.now() / 1_000)].map(({ attempts }) => attempts).sort((a, b) => a - b)).toEqual([0, 1]);
    store.close();
  });

  it("stops with its signal, also one already aborted", async () => {
    const abort = new AbortController();
    const { crawl } = crawling({ signal: abort.signal });
    abort.abort();
    await crawl.done;
    await crawling({ signal: abort.signal }).crawl.done;
  });

  it("asks the DNS seeds first, and again only while too few peers are good", async () => {
    await using peer = await listen(shakeHands);
    const asked: string[] = [];
    const resolver = {
      resolve4: (name: string) => (asked.push(name), Promise.resolve(["127.0.0.1"])),
      resolve6: () => Promise.reject(Object.assign(new Error("none"), { code: "ENODATA" })),
    };
    const network = { ...NETWORK, dnsSeeds: ["seed.example"], port: peer.address.port };
    const { crawl, until } = crawling({ network, resolver, policy: { seedSeconds: 0.02, enoughGood: 1 } });
    await until((one) => one.progress().good === 1);
    expect(states(crawl)).toEqual({ [formatAddress(peer.address)]: "good" });
    const before = asked.length;
    await crawl.stop();
    expect(before).toBeGreaterThan(0);
  });

  it("does not blame peers where we run out of sockets", async () => {
    await using peer = await listen(shakeHands);
    let dials = 0;
    const dialer: Dialer = {
      ...directDialer,
      dial: (address, options) => (dials++ < 1 ? Promise.reject(new LocalLimit("EMFILE")) : directDialer.dial(address, options)),
    };
    const { crawl, until } = crawling({ peers: [peer.address], dialer });
    await until((one) => one.progress().good === 1);
    expect(crawl.progress()).toMatchObject({ probed: 1, failures: {} });
    await crawl.stop();
  }, 20_000);

  it("goes slower where we run out of sockets, and as fast as before once there are some again", async () => {
    const peers = Array.from({ length: 200 }, (_, i) => parseAddress(`127.9.9.${i + 1}:9`));
    let dials = 0;
    let open = 0;
    let mostOpen = 0;
    const dialer: Dialer = {
      ...directDialer,
      dial: async () => {
        if (dials++ < peers.length) throw new LocalLimit("EMFILE");
        mostOpen = Math.max(mostOpen, ++open);
        await setImmediate();
        open--;
        throw new DialError("refused");
      },
    };
    const { crawl, until } = crawling({ peers, dialer, concurrency: 40 });
    await until((one) => one.progress().probed === peers.length);
    await crawl.stop();
    expect(dials).toBe(2 * peers.length);
    expect(mostOpen).toBeGreaterThan(8); // that is how slow it went
  }, 20_000);

  it("breaks down loudly where our own code does", async () => {
    const dialer: Dialer = { ...directDialer, dial: () => Promise.reject(new TypeError("bug")) };
    const { crawl } = crawling({ peers: [await deadAddress()], dialer });
    await expect(crawl.done).rejects.toThrow("the crawl broke down");
  });

  it("ends with the reason where the disk is full", async () => {
    const path = join(folder, "crawl.db");
    const peers = Array.from({ length: 2_000 }, (_, n) => parseAddress(`127.8.${n >> 8}.${n & 255}:9`));
    const { crawl } = crawling({ storePath: path });
    crawl.db.exec("PRAGMA max_page_count = 8");
    crawl.add(peers);
    await expect(crawl.done).rejects.toThrow(new StoreError(`${path}: the disk is full`));
  });

  it("refuses another network's database", () => {
    const path = join(folder, "crawl.db");
    openStore(path, "another").close();
    expect(() => startCrawl({ network: NETWORK, storePath: path })).toThrow(StoreError);
  });
});

describe("a crawl killed in the middle", () => {
  const CHILD = `
    import { startCrawl } from ${JSON.stringify(new URL("crawl.ts", import.meta.url).href)};
    const [network, peers, storePath] = JSON.parse(process.argv[1]);
    startCrawl({ network, peers, storePath, concurrency: 4, onProbe: ({ address }) => console.log(address) });`;

  it("resumes from a whole database and leaves alone whom it just probed", async () => {
    const peers: TestPeer[] = [];
    for (let n = 0; n < 60; n++) {
      // Four at a time and 150 ms each: forty probes take longer than the interval at which the store is written.
      peers.push(await listen((socket) => void setTimeout(() => socket.writable && shakeHands(socket), 150)));
    }
    const storePath = join(folder, "crawl.db");
    const argument = JSON.stringify([NETWORK, peers.map(({ address }) => address), storePath]);
    const child = spawn(process.execPath, ["--input-type=module", "-e", CHILD, argument], { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    const forty = Promise.withResolvers<void>();
    let lines = 0;
    createInterface(child.stdout).on("line", () => ++lines === 40 && forty.resolve());
    await Promise.race([forty.promise, exit]);
    child.kill("SIGKILL");
    expect(await exit).toEqual([null, "SIGKILL"]);

    const store = openStore(storePath, NETWORK.name);
    expect(store.db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const saved = new Set<string>();
    for (const { key, attempts } of store.load("loopback", Date.now() / 1_000)) if (attempts > 0) saved.add(key);
    store.close();
    expect(saved.size).toBeGreaterThan(10);
    expect(saved.size).toBeLessThan(60);

    const { crawl, until } = crawling({ peers: peers.map(({ address }) => address), storePath });
    await until((one) => one.progress().good === 60);
    expect(Object.values(states(crawl))).toEqual(Array.from({ length: 60 }, () => "good"));
    for (const peer of peers) if (saved.has(formatAddress(peer.address))) expect(peer.accepted()).toBe(1);
    await crawl.stop();
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
});

describe("a crawl of peers that misbehave", () => {
  it("makes none of them good and names each reason", async () => {
    const behaviours: Readonly<Record<string, Parameters<typeof listen>[0]>> = {
      ...MISBEHAVIOURS,
      "height-stale": (socket) => {
        socket.write(message("version", version({ startHeight: 1 })));
        socket.write(message("verack"));
      },
    };
    const peers = await Promise.all(Object.values(behaviours).map((behave) => listen(behave)));
    const { crawl, until } = crawling({ network: { ...NETWORK, minHeight: 2 }, peers: peers.map(({ address }) => address) });
    await until((one) => one.progress().probed === peers.length);
    expect([...crawl.reports()]).toEqual([]);
    expect(crawl.progress().failures).toEqual(Object.fromEntries(Object.keys(behaviours).map((reason) => [reason, 1])));
    await crawl.stop();
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
});
