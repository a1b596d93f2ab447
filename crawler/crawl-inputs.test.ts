import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formatAddress } from "../schema/address.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { startTestEdge } from "../serving/test-edge.ts";
import { startCrawl, type Crawl, type CrawlOptions } from "./crawl.ts";
import type { CrawlPolicy } from "./engine/policy.ts";
import { given } from "./inputs/input.ts";
import type { InputNews } from "./inputs/tally.ts";
import { startTestDns, type TestDns } from "./inputs/test-dns.ts";
import { startTestHttps, trustSeeder } from "./inputs/test-https.ts";
import { directDialer } from "./net/dial.ts";
import { listen, shakeHands } from "./net/test-peer.ts";
import { StoreError } from "./store/database.ts";
import { openStore } from "./store/store.ts";

/** A policy under which hours pass in seconds, but for the wait between two questions. */
const FAST: Partial<CrawlPolicy> = { retestSeconds: 0.2, retestJitter: 0, minRetrySeconds: 0.1, goodWindowSeconds: 60, enoughGood: 1 };

let folder: string;
beforeAll(trustSeeder);
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "seedcast-inputs-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A network whose only DNS seed names the host of `port`. */
const networkOn = (port: number, fields: Partial<Network> = {}): Network => ({
  ...DEVNET,
  port,
  fixedSeeds: [],
  dnsSeeds: ["seed.example"],
  ...fields,
});

/** Runs a crawl until it holds, stops it, and tells what the inputs said. */
async function crawling(options: CrawlOptions, holds: (crawl: Crawl) => boolean): Promise<{ news: InputNews[]; crawl: Crawl }> {
  const news: InputNews[] = [];
  const crawl = startCrawl({ ...options, onInput: (each) => void news.push(each) });
  await expect.poll(() => holds(crawl)).toBe(true);
  await crawl.stop();
  return { news, crawl };
}

const isIdle = ({ progress }: Crawl): boolean => !progress().asking && progress().unconfirmed === 0;

/** One run on the same disk, until no input is to be asked. Returns how many questions the seed got. */
async function run(dns: TestDns, port: number, policy: Partial<CrawlPolicy> = {}): Promise<{ asked: number; good: number }> {
  const before = dns.asked.length;
  const storePath = join(folder, "crawl.db");
  const options = { network: networkOn(port), resolver: dns.resolver(), storePath, policy: { ...FAST, ...policy } };
  const { crawl } = await crawling(options, (one) => isIdle(one) && one.progress().probed > 0);
  return { asked: dns.asked.length - before, good: crawl.progress().good };
}

describe("a crawl's inputs", () => {
  it("are asked at the first start, and after a restart only where the stored peers fall short", async () => {
    await using dns = await startTestDns({ "seed.example": ["127.0.0.1"] });
    const peer = await listen(shakeHands);
    const { port } = peer.address;
    expect(await run(dns, port)).toEqual({ asked: 2, good: 1 });
    expect(await run(dns, port, { seedSeconds: 0.01 })).toEqual({ asked: 0, good: 1 });
    expect(peer.accepted()).toBeGreaterThanOrEqual(2);
    await peer[Symbol.asyncDispose]();
    expect(await run(dns, port)).toEqual({ asked: 0, good: 0 }); // short, but the seed has answered within the half-hour
    expect(await run(dns, port, { seedSeconds: 0.01, seedRetrySeconds: 0.01 })).toMatchObject({ asked: expect.toSatisfy((n) => n >= 2) });
  }, 30_000);

  it("are each counted: what they named, what of it was new, and what turned out to be peers", async () => {
    await using alive = await listen(shakeHands);
    await using other = await listen(shakeHands);
    await using dns = await startTestDns({ "seed.example": ["127.0.0.1", "127.255.255.254"] });
    await using https = await startTestHttps((_, response) => response.end());
    const edge = await startTestEdge();
    const { port } = alive.address;
    const now = Math.floor(Date.now() / 1_000);
    edge.publish({
      generated: now,
      stale: now + 900,
      expires: now + 86_400,
      peers: [[formatAddress(other.address), "9", 70_016, "", null, null]],
    });
    const network = networkOn(port, { fixedSeeds: ["127.0.0.9:9"], httpsSeeds: [`localhost:${https.port}`] });
    const { crawl, news } = await crawling(
      {
        network,
        resolver: dns.resolver(),
        peers: [alive.address],
        files: [given("file", "peers.txt", { addresses: [alive.address, other.address], problem: "no address in line 2" })],
        federation: [{ edge: edge.url, keys: [edge.publicKey] }],
        policy: { seedPauseSeconds: 0 },
      },
      (one) => !one.progress().asking && one.progress().probed === 4,
    );
    await edge.close();
    const failed = expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"); // the certificate is seeder.example's
    expect(crawl.progress().inputs).toMatchObject([
      { kind: "fixed", name: "devnet", answers: 1, addresses: 1, fresh: 1, verified: 0 },
      { kind: "peer", name: "given", answers: 1, addresses: 1, fresh: 1, verified: 1 },
      { kind: "file", name: "peers.txt", answers: 1, addresses: 2, fresh: 1, verified: 2, problem: "no address in line 2" },
      { kind: "snapshot", name: edge.url.href, answers: 1, addresses: 1, fresh: 0, verified: 1 },
      { kind: "dns", name: "seed.example", answers: 1, addresses: 2, fresh: 1, verified: 1 },
      { kind: "https", name: `localhost:${https.port}`, answers: 1, addresses: 0, fresh: 0, verified: 0, problem: failed },
    ]);
    expect(news.map(({ kind }) => kind).slice(0, 4)).toEqual(["fixed", "peer", "file", "snapshot"]);
  }, 30_000);

  it("through a proxy are asked by name, HTTPS seeders too", async () => {
    await using alive = await listen(shakeHands);
    await using https = await startTestHttps((_, response) => response.end(`{"host":"${formatAddress(alive.address)}"}\n`));
    const { news, crawl } = await crawling(
      {
        network: networkOn(alive.address.port, { dnsSeeds: [], httpsSeeds: ["seeder.example"] }),
        dialer: { ...directDialer, dialName: https.dialName },
      },
      (one) => one.progress().good === 1,
    );
    expect(news).toEqual([{ kind: "https", name: "seeder.example", addresses: 1, fresh: 1 }]);
    expect(https.dialled).toEqual(["seeder.example:443"]);
    expect(crawl.progress().inputs).toMatchObject([{ verified: 1 }]);
  });

  it("take no more from one of them in a day than from any other stranger", async () => {
    await using dns = await startTestDns({ "seed.example": Array.from({ length: 20 }, (_, n) => `127.0.1.${n + 1}`) });
    const { news } = await crawling(
      { network: networkOn(9), resolver: dns.resolver(), policy: { sourceQuota: 8 } },
      (one) => !one.progress().asking,
    );
    expect(news).toEqual([{ kind: "dns", name: "seed.example", addresses: 20, fresh: 8 }]);
  });

  it("break the crawl off where the disk can no longer remember them", async () => {
    const store = openStore(join(folder, "crawl.db"), DEVNET.name);
    store.db.exec("CREATE TABLE input (x)"); // of a version to come
    store.close();
    expect(() => startCrawl({ network: networkOn(9), storePath: join(folder, "crawl.db") })).toThrow(StoreError);
  });
});
