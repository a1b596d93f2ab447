/**
 * Chia's own client in Rust (chia-wallet-sdk, inside @dignetwork/datalayer-driver) against our fake full nodes and our introducer. It brings a certificate
 * of its own making, so this shows too that theirs and ours stand under one authority. Skipped where the package does not run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDevnet } from "../../crawler/devnet/server.ts";
import { startIntroducer } from "../../introducer/introducer.ts";
import { AUTHORITY, CERTIFICATE } from "../../introducer/test-client.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { DEVNET_CHIA } from "../../schema/networks/devnet.ts";
import { START, startTestEdge } from "../../serving/test-edge.ts";
import { CHIA_DRIVER } from "./tools.ts";

/** What we use of the package, which has no types. */
interface Driver {
  readonly Tls: new (certFile: string, keyFile: string) => object;
  readonly Peer: { new: (address: string, testnet: boolean, tls: object) => Promise<{ getPeak: () => Promise<number | null> }> };
}

function load(): Driver | undefined {
  try {
    return createRequire(import.meta.url)(CHIA_DRIVER) as Driver;
  } catch {
    return undefined; // another platform than the package is for
  }
}

const driver = load();

/** The client knows two networks by name. */
const NETWORK: NetworkOf<"chia"> = { ...DEVNET_CHIA, wire: { ...DEVNET_CHIA.wire, networkId: "testnet11" } };

describe.skipIf(driver === undefined)("Chia's client in Rust", () => {
  const { Tls, Peer } = driver!;
  let folder: string;
  let tls: object;
  const cleanUps: (() => Promise<unknown>)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "seedcast-interop-"));
    tls = new Tls(join(folder, "chia.crt"), join(folder, "chia.key"));
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
    rmSync(folder, { recursive: true });
  });

  it("shakes hands with a fake full node, and reads its peak", async () => {
    const devnet = await startDevnet({ nodes: 10, alive: 1, habits: {}, blockSeconds: 3_600 }, { port: 0, network: NETWORK });
    cleanUps.push(() => devnet.stop());
    const peer = await Peer.new(devnet.entries[0]!, true, tls);
    await expect.poll(() => peer.getPeak()).toBeGreaterThan(devnet.height() - NETWORK.maxHeightLag);
    expect(devnet.stats().handshakes).toBe(1);
  });

  it("shakes hands with the introducer, reads what it is, and on another network does not come so far", async () => {
    const edge = await startTestEdge(NETWORK);
    cleanUps.push(() => edge.close());
    edge.publish({ peers: [["25.1.0.1:8444", "7", 36, "2.7.3", null, null]] });
    const introducer = await startIntroducer({
      edge: edge.url,
      snapshotKeys: [edge.publicKey],
      network: NETWORK,
      certificate: { ...CERTIFICATE, authorityPem: AUTHORITY.certPem },
      softwareVersion: "Seedcast test",
      host: "127.0.0.1",
      port: 0,
      now: () => START * 1000,
    });
    cleanUps.push(() => introducer.stop());
    await introducer.ready;
    // A wallet in search of full nodes: it goes through TLS, upgrade and handshake, and then says that this is none.
    await expect(Peer.new(`127.0.0.1:${introducer.port}`, true, tls)).rejects.toThrow("Expected node type FullNode, but found Introducer");
    await expect(Peer.new(`127.0.0.1:${introducer.port}`, false, tls)).rejects.not.toThrow("found Introducer");
  });
});
