/** For the tests of publishing: attempts at it, and what the edge would serve after them. */
import { env } from "cloudflare:workers";
import type { BankDocument } from "../../schema/bank.ts";
import { unpack, type Parcel } from "../../schema/parcel.ts";
import { openBankDocument, openSnapshot } from "../../schema/seal.ts";
import { snapshotKey, type Snapshot } from "../../schema/snapshot.ts";
import { configOf } from "../config.ts";
import { publish, type PublishBindings } from "./publish.ts";
import { addresses, type TestRegistry } from "./test-registry.ts";

export const ZONE = { tenure: 3_600, interval: 60, fresh: 900, silence: 900 };

/** What KV has of the registry's network. */
export async function parcelOf(registry: TestRegistry): Promise<Parcel | undefined> {
  const { value, metadata } = await env.SNAPSHOTS.getWithMetadata(snapshotKey(registry.network), "arrayBuffer");
  return value === null ? undefined : unpack(new Uint8Array(value), metadata);
}

const trustOf = (registry: TestRegistry) => ({
  network: registry.network,
  keys: configOf(registry.env).snapshotKeys,
  crypto: crypto.subtle,
  decodeText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
});

/** What the edge would serve, checked as the edge checks it; undefined where KV has nothing. */
export async function served(registry: TestRegistry): Promise<Snapshot | undefined> {
  const parcel = await parcelOf(registry);
  return parcel && (await openSnapshot(parcel.snapshot, trustOf(registry), undefined, registry.clock.now)).snapshot;
}

/** The bank beside it; undefined where there is none. */
export async function bankOf(registry: TestRegistry): Promise<BankDocument | undefined> {
  const sealed = (await parcelOf(registry))?.bank;
  return sealed && (await openBankDocument(sealed, trustOf(registry), undefined, registry.clock.now)).bank;
}

export const peersOf = async (registry: TestRegistry) => (await served(registry))?.peers.map(([address]) => address);

export const attempt = (registry: TestRegistry, bindings: PublishBindings = registry.env) =>
  publish(bindings, registry.served, registry.clock.now);

/** A registry's environment, but KV takes nothing. */
export const broken = (registry: TestRegistry): PublishBindings => withPut(registry, () => Promise.reject(new Error("KV is away")));

/** A registry's environment with another way to write to KV. */
export function withPut({ env: bindings }: TestRegistry, put: PublishBindings["SNAPSHOTS"]["put"]): PublishBindings {
  const { SNAPSHOTS } = bindings;
  return { ...bindings, SNAPSHOTS: { getWithMetadata: SNAPSHOTS.getWithMetadata.bind(SNAPSHOTS), put } };
}

export const [A = "", B = "", C = ""] = addresses(3);
