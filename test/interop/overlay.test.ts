/** Our crawler behind proxies that are not ours: Tor with a whole network of its own, and microsocks. Runs in the namespace, as real-nodes.test.ts does. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../../cli/child.ts";
import { startDevnet } from "../../crawler/devnet/server.ts";
import { createDialer } from "../../crawler/net/dialers.ts";
import { listen, message, version } from "../../crawler/net/test-peer.ts";
import { encodeAddrv2 } from "../../crawler/protocols/bitcoin/addrv2.ts";
import { onionHost } from "../../crawler/protocols/overlay.ts";
import { formatAddress, type PeerAddress } from "../../schema/address.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { findNetwork } from "../../schema/networks/index.ts";
import { startDaemon } from "./daemon.ts";
import { startLitecoin } from "./nodes.ts";
import { scratch, servedPeers, startSeed } from "./seed.ts";
import { startTor } from "./tor.ts";
import { eventually, listening } from "./waiting.ts";

/** The name of an onion service that could be, but that nobody runs. */
function nobody(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  return onionHost(Buffer.from(x, "base64url"));
}

describe("Tor", () => {
  it("leads to an onion service that only gossip told of; it is served, and a dead one is not", async () => {
    await using undo = new AsyncDisposableStack();
    const shipped = findNetwork("litecoin-regtest");
    if (shipped?.wire.family !== "bitcoin") throw new TypeError("Litecoin speaks Bitcoin's protocol");
    const network: NetworkOf<"bitcoin"> = { ...shipped, wire: shipped.wire, minVersion: 70_015, fixedSeeds: [] };
    const litecoin = await startLitecoin({
      chain: "regtest",
      folder: scratch(undo),
      bind: { host: "25.30.0.1", port: network.port },
      rpcPort: 19_003,
    });
    undo.defer(() => litecoin.stop());
    const tor = await startTor({ folder: scratch(undo), service: { port: network.port, to: `25.30.0.1:${network.port}` } });
    undo.defer(() => tor.stop());

    const onion = (host: string): PeerAddress => ({ family: "onion", host, port: network.port });
    const alive = onion(tor.onion);
    const dead = onion(nobody());
    const gossip = [alive, dead].map((address) => ({ address, services: "409", time: Math.floor(Date.now() / 1_000) }));
    const say = (command: string, payload?: Uint8Array): Uint8Array => message(command, payload, network.wire.magic);
    await using teller = await listen((socket) => {
      for (const part of [say("version", version()), say("verack"), say("addrv2", encodeAddrv2(gossip))]) socket.write(part);
    }, "25.32.0.1");

    const dialer = createDialer({ torProxy: tor.socks });
    const zone = "overlay.seed.example.org";
    // Litecoin Core may take a minute to answer getaddr, and is not tested again meanwhile.
    const policy = { goodWindowSeconds: 120 };
    const seed = await startSeed(undo, { network, zone, peer: formatAddress(teller.address), policy, dialer });
    const served = await eventually("the onion service is served", 90, async () => {
      const peers = await servedPeers(seed, network.name);
      return peers.some(({ address }) => address === alive.host) ? peers : undefined;
    });
    expect(served.find(({ address }) => address === alive.host)).toMatchObject({
      port: network.port,
      agent: expect.stringMatching(/^\/LitecoinCore/),
    });
    // The first dials may come before the service's descriptor is out; only the dead one fails for good.
    await eventually(
      "the dead one was tried",
      60,
      async () => (seed.crawls[0]!.crawl.progress().failures.unreachable ?? 0) > 0 || undefined,
    );
    const list = await fetch(new URL(`/v1/networks/${network.name}/peers?family=onion&format=text`, seed.edge.url));
    expect(await list.text()).toBe(`${formatAddress(alive)}\n`);
    expect(seed.crawls[0]!.crawl.progress().trouble).toBeUndefined();
  }, 360_000);
});

describe("microsocks", () => {
  it("lets a crawl find the very peers that it finds without", async () => {
    await using undo = new AsyncDisposableStack();
    const folder = scratch(undo);
    // Nobody who keeps a crawler waiting, and nobody who comes and goes.
    const habits = { slow: 0, legacy: 0, announcer: 0, liar: 0, flooder: 0, churner: 0 };
    const faults = {
      absent: 0.2,
      silent: 0,
      "wrong-magic": 0.2,
      "old-version": 0.2,
      "missing-services": 0.2,
      stuck: 0,
      dripper: 0,
      garbage: 0.1,
    };
    await using devnet = await startDevnet({ nodes: 100, seed: 5, habits, faults }, { port: 0 });
    const file = join(folder, "devnet.json");
    writeFileSync(file, JSON.stringify(devnet.network));
    const [host, port] = ["25.33.0.1", 1_080];
    const microsocks = startDaemon({ command: "microsocks", args: ["-i", host, "-p", String(port), "-u", "me", "-P", "sesame"] });
    undo.defer(() => microsocks.stop());
    await eventually("microsocks listens", 30, () => listening(host, port));
    const crawl = (...args: string[]) => runCommand(["crawl", "--network-file", file, "--once", ...args]);

    const direct = await crawl();
    const proxied = await crawl("--proxy", `socks5://me:sesame@${host}:${port}`);
    expect(proxied.stdout).toBe(direct.stdout);
    expect(proxied.stdout.split("\n").filter(Boolean)).toHaveLength(devnet.nodes.filter(({ key }) => devnet.isUp(key)).length);
    expect(microsocks.log().match(/connected to/g)?.length).toBeGreaterThanOrEqual(devnet.nodes.length / 2);

    const stranger = await crawl("--proxy", `socks5://me:wrong@${host}:${port}`);
    expect(stranger).toMatchObject({ code: 3, stdout: "" });
    expect(stranger.stderr).toContain(`proxy ${host}:${port} refused the user name and password`);
    expect(stranger.stderr).not.toContain("wrong");
  }, 120_000);
});
