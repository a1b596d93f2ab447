/** For the tests of publishing: attempts at it, and what the edge would serve after them. */
import { env } from "cloudflare:workers";
import { openSnapshot } from "../../schema/seal.ts";
import { snapshotKey, type Snapshot } from "../../schema/snapshot.ts";
import { configOf } from "../config.ts";
import { publish, type PublishBindings } from "./publish.ts";
import { addresses, type TestRegistry } from "./test-registry.ts";

export const ZONE = { tenure: 3_600, interval: 60, fresh: 900, silence: 900 };

/** What the edge would serve, checked as the edge checks it; undefined where KV has nothing. */
export async function served(registry: TestRegistry): Promise<Snapshot | undefined> {
  const { value, metadata } = await env.SNAPSHOTS.getWithMetadata(snapshotKey(registry.network), "arrayBuffer");
  if (value === null) return undefined;
  const trust = {
    network: registry.network,
    keys: configOf(registry.env).snapshotKeys,
    crypto: crypto.subtle,
    decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
  };
  return (await openSnapshot({ bytes: new Uint8Array(value), seal: metadata }, trust, undefined, registry.clock.now)).snapshot;
}

export const peersOf = async (registry: TestRegistry) => (await served(registry))?.peers.map(([address]) => address);

export const attempt = (registry: TestRegistry, bindings: PublishBindings = registry.env) =>
  publish(bindings, registry.served, registry.clock.now);

/** A registry's environment, but KV takes nothing. */
export const broken = (registry: TestRegistry): PublishBindings => ({
  ...registry.env,
  SNAPSHOTS: { put: () => Promise.reject(new Error("KV is away")) },
});

export const [A = "", B = "", C = ""] = addresses(3);
