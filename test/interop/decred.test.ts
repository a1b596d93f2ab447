/** Decred: dcrd's test network among real nodes. Runs in the namespace of test/interop/tools.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USER_AGENT } from "../../crawler/identity.ts";
import type { Network } from "../../schema/network.ts";
import { DECRED_TESTNET } from "../../schema/networks/decred.ts";
import type { LocalSeed } from "../../scripts/local-seed.ts";
import type { Daemon } from "./daemon.ts";
import { startDcrd } from "./dcrd.ts";
import { nameHosts } from "./hosts.ts";
import { OUR_ADDRESS, startLan, type Lan } from "./lan.ts";
import { scratch, servedPeers, startSeed } from "./seed.ts";
import { startSeederFront } from "./seeder-front.ts";
import { eventually } from "./waiting.ts";

/** The nodes have no blocks, and nobody but one of them is to tell the crawler where they are. */
const NETWORK: Network = { ...DECRED_TESTNET, minHeight: 0, httpsSeeds: [] };
const SEEDERS = DECRED_TESTNET.httpsSeeds ?? [];
/** Each on a network of its own: dcrd connects to few on the same. */
const HOSTS = ["25.71.0.1", "25.72.0.1", "25.73.0.1", "25.74.0.1", "25.75.0.1"];
const FRESH = "25.76.0.1";
const FRONT = "25.79.0.1";
const peerOf = (host: string): string => `${host}:${NETWORK.port}`;

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

async function start(options: Parameters<typeof startDcrd>[0]): Promise<Daemon> {
  const node = await startDcrd(options);
  undo.defer(() => node.stop());
  return node;
}

describe("dcrd", () => {
  let lan: Lan;
  let nodes: Daemon[];
  let seed: LocalSeed;

  beforeAll(async () => {
    // Machines of their own: dcrd takes five connections from one address, and where all addresses are one machine's, a call comes from the one called.
    lan = await startLan(undo);
    // A ring: each node connects to the next one alone, and dcrd tells only whom it has itself connected to.
    const ring = HOSTS.map(async (host, i) => {
      const machine = await lan.add(host);
      return start({ machine, folder: scratch(undo), host, peers: [peerOf(HOSTS[(i + 1) % HOSTS.length]!)] });
    });
    nodes = await Promise.all(ring);
    seed = await startSeed(undo, {
      network: NETWORK,
      zone: "decred.seed.example.org",
      hosts: SEEDERS,
      peer: peerOf(HOSTS[0]!),
      policy: { harvestSeconds: 5 },
    });
  }, 120_000);

  it("is found from one peer by gossip, verified and served, and has nothing to hold against us", async () => {
    const served = await eventually("all nodes are served", 90, async () => {
      const peers = await servedPeers(seed, NETWORK.name);
      return peers.length === HOSTS.length ? peers : undefined;
    });
    expect(served.map(({ address, port }) => `${address}:${port}`).sort()).toEqual(HOSTS.map(peerOf));
    expect(served.every(({ agent }) => agent.includes("/dcrd:"))).toBe(true);
    for (const node of nodes) {
      expect(node.log()).toContain(`(agent ${USER_AGENT}, pver 11,`);
      const aboutUs = node
        .log()
        .split("\n")
        .filter((line) => line.includes(OUR_ADDRESS));
      expect(aboutUs.length).toBeGreaterThan(0);
      // dcrd warns of each fault that it bans for, and of a message that it cannot read.
      for (const line of aboutUs) expect(line).not.toMatch(/banned|misbehaving|\[(WRN|ERR)\]/i);
    }
  }, 120_000);

  it("bootstraps, told nothing, from our HTTPS seeding and connects to whom we name", async () => {
    const folder = scratch(undo);
    const front = await startSeederFront({ names: SEEDERS, host: FRONT, edge: seed.edge.url, folder });
    undo.defer(() => front.stop());
    await nameHosts(undo, SEEDERS, FRONT, `${folder}/hosts`);

    const fresh = await start({ machine: await lan.add(FRESH), folder: scratch(undo), trust: front.certificate });
    for (const seeder of SEEDERS) await fresh.logged(new RegExp(`${HOSTS.length} addresses found from seeder ${seeder}`), 60);
    const [, connected] = await fresh.logged(/New valid peer (\S+) \(outbound\)/, 60);
    expect(HOSTS.map(peerOf)).toContain(connected);
    expect([...front.requests].sort()).toEqual(SEEDERS.map((seeder) => `${seeder} /api/addrs?services=1`).sort());
  }, 120_000);
});
