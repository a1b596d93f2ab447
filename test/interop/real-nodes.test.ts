/**
 * Seedcast against nodes that are not ours. Runs in a network namespace where 25.0.0.0/8 is local, port 53 is ours to bind and
 * no packet can leave (test/interop/tools.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { findNetwork } from "../../schema/networks/index.ts";
import { dig, startBcoin, startLitecoin } from "./nodes.ts";
import { scratch, servedPeers, startSeed } from "./seed.ts";
import { eventually } from "./waiting.ts";

let undo: AsyncDisposableStack;
beforeEach(() => {
  undo = new AsyncDisposableStack();
});
afterEach(() => undo.disposeAsync());

describe("Litecoin Core and bcoin", () => {
  it("are found from one peer, verified and served, exactly those that deserve it, and leave when they die", async () => {
    const zone = "regtest.seed.example.org";
    const network: Network = { ...findNetwork("litecoin-regtest")!, minVersion: 70_015, fixedSeeds: [] };
    const good = ["25.11.0.1", "25.12.0.1", "25.13.0.1", "25.14.0.1"];
    const litecoin = await startLitecoin({
      chain: "regtest",
      folder: scratch(undo),
      bind: { host: "25.2.1.1", port: 19_444 },
      rpcPort: 19_003,
    });
    undo.defer(() => litecoin.stop());
    const bcoin = await startBcoin([
      ...good.map((host, i) => ({
        network: "regtest" as const,
        host,
        port: 19_444,
        nodes: [`${good[(i + 1) % good.length]}:19444`, "25.2.1.1:19444", "25.15.0.1:29444", "25.16.0.1:19444"],
      })),
      // Deserves to be in lists, but not in A records, which carry no port.
      { network: "regtest", host: "25.15.0.1", port: 29_444, nodes: ["25.11.0.1:19444"] },
      // Speaks another network's magic on our port.
      { network: "testnet", host: "25.16.0.1", port: 19_444, nodes: [] },
    ]);
    undo.defer(() => bcoin.stop());
    const seed = await startSeed(undo, { network, zone, peer: "25.11.0.1:19444" });
    const server = { host: "127.0.0.1", port: seed.nameserver.udpPort };
    const answers = (wanted: readonly string[]) => async () => {
      const got = await dig(server, zone, "A");
      return got.join() === [...wanted].sort().join() ? got : undefined;
    };

    await eventually("all good nodes are served", 90, answers([...good, "25.2.1.1"]));
    const peers = await servedPeers(seed, network.name);
    expect(peers.map(({ address, port }) => `${address}:${port}`).sort()).toEqual(
      [...good.map((host) => `${host}:19444`), "25.15.0.1:29444", "25.2.1.1:19444"].sort(),
    );
    expect(new Set(peers.map(({ agent }) => agent.split(":")[0]))).toEqual(new Set(["/bcoin", "/LitecoinCore"]));

    await bcoin.kill("25.12.0.1");
    await eventually("the killed node is not served", 60, answers([...good.filter((host) => host !== "25.12.0.1"), "25.2.1.1"]));
  }, 240_000);

  it("a fresh Litecoin Core that knows nobody bootstraps from its DNS seed name, answered by us, and connects", async () => {
    const shipped = findNetwork("litecoin-testnet")!;
    const network: Network = { ...shipped, minHeight: 0, dnsSeeds: [], fixedSeeds: [] };
    const zone = shipped.dnsSeeds[0]!;
    const hosts = ["25.21.0.1", "25.22.0.1"];
    for (const [i, host] of hosts.entries()) {
      const node = await startLitecoin({
        chain: "testnet",
        folder: scratch(undo),
        bind: { host, port: network.port },
        rpcPort: 19_100 + i,
        extra: i === 0 ? [] : [`-addnode=${hosts[0]}:${network.port}`],
      });
      undo.defer(() => node.stop());
    }
    const seed = await startSeed(undo, { network, zone, peer: `${hosts[0]}:${network.port}`, dnsPort: 53 });
    // The second node is known to nobody's gossip yet: tell the crawler, as an operator would with --peer.
    seed.crawls[0]!.crawl.add([parseAddress(`${hosts[1]}:${network.port}`)]);
    await eventually("both nodes are served", 60, async () =>
      (await dig({ host: "127.0.0.1", port: 53 }, zone, "A")).length === 2 ? true : undefined,
    );

    const folder = scratch(undo);
    const fresh = await startLitecoin({ chain: "testnet", folder, rpcPort: 19_200, extra: ["-dnsseed=1"] });
    undo.defer(() => fresh.stop());
    const connected = await eventually("the fresh node connects to one that we served", 90, async () => {
      const peers = JSON.parse(await fresh.rpc("getpeerinfo")) as { addr: string; version: number }[];
      return peers.find(({ addr, version }) => version > 0 && hosts.some((host) => addr === `${host}:${network.port}`));
    });
    expect(connected.version).toBeGreaterThanOrEqual(network.minVersion);
    // Nothing but DNS can have told it: it listens to nobody, and says itself how many addresses it had from where.
    const readLog = (): string => readFileSync(join(folder, "testnet4", "debug.log"), "utf8");
    const found = await eventually(
      "the fresh node has asked all its seeds",
      60,
      async () => /(\d+) addresses found from DNS seeds/.exec(readLog()) ?? undefined,
    );
    expect(Number(found[1])).toBeGreaterThan(0);
    expect(readLog()).not.toMatch(/adding fixed seed/i);
  }, 240_000);
});
