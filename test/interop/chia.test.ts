/** Chia: full nodes of chia-blockchain among each other and with us. Runs in the namespace of test/interop/tools.ts. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHIA_TESTNET11 } from "../../schema/networks/chia.ts";
import { localKeys } from "../../scripts/local-keys.ts";
import type { LocalSeed } from "../../scripts/local-seed.ts";
import { makeChiaRoots, startChiaNode } from "./chia-node.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { nameHosts } from "./hosts.ts";
import { startLan } from "./lan.ts";
import { dig } from "./nodes.ts";
import { scratch, servedPeers, startSeed } from "./seed.ts";
import { eventually } from "./waiting.ts";

/** Nobody but one of the nodes is to tell the crawler where they are. They have no blocks, and so no height to tell. */
const NETWORK = { ...CHIA_TESTNET11, dnsSeeds: [], introducers: [] };
/** Where a node of testnet11 asks by itself. */
const [DNS_INTRODUCER] = CHIA_TESTNET11.dnsSeeds;
const [INTRODUCER] = CHIA_TESTNET11.introducers ?? [];

/** Each on a network of its own: nodes connect to one on each. */
const HOSTS = ["25.81.0.1", "25.82.0.1", "25.83.0.1"];
const INTRODUCER_HOST = "25.89.0.1";
const { port: PORT } = NETWORK;

/** Nothing to ask when it starts. */
const UNSEEDED = { dns_servers: [], introducer_peer: { host: "127.0.0.1", port: 1, enable_private_networks: false } };
/** The fresh nodes are where the name server is, and leave the default port to the introducer. */
const FRESH_PORT = PORT + 1;

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

/** Resolves when the node has called one of them, and both were content. */
const connectedTo = (node: Daemon, hosts: readonly string[]) =>
  node.logged(new RegExp(`Connected with full_node .*'(${hosts.join("|")})'.*_port=${PORT}`), 60);

describe("chia-blockchain", () => {
  const roots = [...HOSTS.map(() => scratch(undo)), scratch(undo), scratch(undo)];
  const [, , , byDns = "", byIntroducer = ""] = roots;
  const state = scratch(undo);
  let nodes: Daemon[];
  let seed: LocalSeed;

  beforeAll(async () => {
    // A chain: each node is told of the one before, and calls it. A node tells whom it was called by, not whom it was told to call.
    const peersOf = (i: number) => HOSTS.slice(Math.max(i - 1, 0), i).map((host) => ({ host, port: PORT }));
    const nodeRoots = HOSTS.map((_, i) => ({ root: roots[i]!, settings: { ...UNSEEDED, full_node_peers: peersOf(i) } }));
    const fresh = { port: FRESH_PORT };
    await makeChiaRoots([...nodeRoots, { root: byDns, settings: fresh }, { root: byIntroducer, settings: { ...fresh, dns_servers: [] } }]);
    const lan = await startLan(undo);
    const starting = HOSTS.map(async (host, i) => {
      const node = await startChiaNode(roots[i]!, await lan.add(host));
      undo.defer(() => node.stop());
      return node;
    });
    nodes = await Promise.all(starting);
    seed = await startSeed(undo, {
      network: NETWORK,
      zone: DNS_INTRODUCER!,
      peer: `${HOSTS[0]}:${PORT}`,
      // A node tells a quarter of what it knows, at random, and here that is one address: ask often.
      policy: { retestSeconds: 1, minRetrySeconds: 0.5, harvestSeconds: 0.5 },
      dnsPort: 53,
      state,
    });
  }, 240_000);

  it("is found from one peer by gossip, verified and served, and bans nobody", async () => {
    const served = await eventually("all nodes are served", 120, async () => {
      const peers = await servedPeers(seed, NETWORK.name);
      return peers.length === HOSTS.length ? peers : undefined;
    });
    expect(served.map(({ address, port }) => `${address}:${port}`).sort()).toEqual(HOSTS.map((host) => `${host}:${PORT}`));
    expect(new Set(served.map(({ agent }) => agent))).toEqual(new Set(["2.7.3"]));
    for (const node of nodes) expect(node.log()).not.toMatch(/Banning|has been rate limited/);
  }, 150_000);

  it("bootstraps from its DNS introducer's name, answered by us, and connects to whom we name", async () => {
    await eventually("all nodes are in DNS", 60, async () =>
      (await dig({ host: "127.0.0.1", port: 53 }, DNS_INTRODUCER!, "A")).length === HOSTS.length ? true : undefined,
    );
    const fresh = await startChiaNode(byDns);
    undo.defer(() => fresh.stop());
    await fresh.logged(new RegExp(`Received ${HOSTS.length} peers from DNS seeder, using rdtype = A\\.`), 60);
    await connectedTo(fresh, HOSTS);
    await fresh.stop();
  }, 120_000);

  it("bootstraps without DNS from its introducer's name, where ours listens, and connects to whom we name", async () => {
    const { snapshot } = await localKeys(state);
    const introducer = startDaemon({
      command: process.execPath,
      args: [
        join(import.meta.dirname, "..", "..", "bin", "seedcast.mjs"),
        "introducer",
        `--edge=${seed.edge.url.origin}`,
        `--network=${NETWORK.name}`,
        `--listen=${INTRODUCER_HOST}:${PORT}`,
        `--snapshot-key=${snapshot.publicKey}`,
      ],
    });
    undo.defer(() => introducer.stop());
    await introducer.logged(/^ready/m, 30);
    await nameHosts(undo, [INTRODUCER!.replace(/:\d+$/, "")], INTRODUCER_HOST, join(state, "hosts"));

    const fresh = await startChiaNode(byIntroducer);
    undo.defer(() => fresh.stop());
    await connectedTo(fresh, HOSTS);
    expect(fresh.log()).not.toContain("from DNS seeder");
  }, 120_000);
});
