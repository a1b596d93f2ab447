/** Where snapshots come from: the registry's KV namespace, read only. The one place of the resolver that does I/O. */
import { unpack, type Parcel } from "../../schema/parcel.ts";
import { snapshotKey } from "../../schema/snapshot.ts";
import { statusKey } from "../../schema/status.ts";
import type { SnapshotReads } from "../endpoint.ts";
import { DeadlineError, within } from "./deadline.ts";

/** How long in milliseconds KV may take before a reader goes on without it. Cold reads of a central store take a few hundred. */
export const STORE_TIMEOUT_MS = 3_000;

/** KV failed, or did not answer in time. KV gives its own errors no type; the cause is kept. */
export class StoreError extends Error {
  override name = "StoreError";
  readonly kind: "failed" | "timeout";
  constructor(kind: "failed" | "timeout", options?: ErrorOptions) {
    super(`store ${kind}`, options);
    this.kind = kind;
  }
}

/** `undefined` or null is "never published"; a failing store rejects with `StoreError`. */
export interface SnapshotStore {
  parcel(network: string): Promise<Parcel | undefined>;
  status(network: string): Promise<unknown>;
}

/** The store behind a KV binding. */
export function kvStore(kv: SnapshotReads, timeoutMs: number = STORE_TIMEOUT_MS): SnapshotStore {
  return {
    parcel: async (network) => {
      const { value, metadata } = await read(timeoutMs, kv.getWithMetadata(snapshotKey(network), "arrayBuffer"));
      return value === null ? undefined : unpack(new Uint8Array(value), metadata);
    },
    status: (network) => read(timeoutMs, kv.get(statusKey(network), "json")),
  };
}

async function read<T>(milliseconds: number, reading: Promise<T>): Promise<T> {
  try {
    return await within(milliseconds, reading);
  } catch (cause) {
    throw new StoreError(cause instanceof DeadlineError ? "timeout" : "failed", { cause });
  }
}
