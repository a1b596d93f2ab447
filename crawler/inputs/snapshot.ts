/** Another Seedcast's snapshot: proven by key to be its publisher's word, and all the same no more than hearsay here. */
import { webcrypto } from "node:crypto";
import type { Network } from "../../schema/network.ts";
import {
  freshnessAt,
  openSnapshot,
  sealFromHeaders,
  SNAPSHOT_REFUSALS,
  SnapshotRefusedError,
  type RefusedSnapshot,
} from "../../schema/seal.ts";
import type { Snapshot } from "../../schema/snapshot.ts";
import type { Dialer } from "../net/dial.ts";
import { httpGet, HttpError } from "./http.ts";
import type { InputHistory } from "./history.ts";
import { readAddress, type AskedInput, type InputAnswer, type InputName } from "./input.ts";

/** An edge to learn from, and who may speak for it. */
export interface Federation {
  /** Its base URL. */
  readonly edge: URL;
  /** Raw Ed25519 public keys, base64url, of which one must have signed; several during a rotation. */
  readonly keys: readonly string[];
}

export const FEDERATION_LIMITS = {
  /** KV's own limit for a value. */
  octets: 25 * 1024 * 1024,
  timeoutMs: 30_000,
  /** Most addresses taken from one snapshot, drawn at random: what the crawl takes from one source in a day. */
  addresses: 2_500,
} as const;

export interface SnapshotOptions {
  readonly federation: Federation;
  readonly network: Network;
  readonly dialName: Dialer["dialName"];
  /** Remembers the newest snapshot taken, so that an older one is refused after a restart too. */
  readonly history: InputHistory;
  /** Unix seconds. */
  readonly clock: () => number;
  /** From 0 up to but excluding 1. */
  readonly random: () => number;
}

/** An input that asks the edge for its current snapshot, and not again before it says that a newer one should be there. */
export function snapshotInput(options: SnapshotOptions): AskedInput {
  const { federation, network } = options;
  const input: InputName = { kind: "snapshot", name: federation.edge.href };
  const url = new URL(`/v1/networks/${network.name}/snapshot`, federation.edge);
  let stale = 0;
  const ask = async (signal: AbortSignal): Promise<InputAnswer> => {
    try {
      const { status, header, body } = await httpGet(url, {
        timeoutMs: FEDERATION_LIMITS.timeoutMs,
        maxOctets: FEDERATION_LIMITS.octets,
        accept: "application/json",
        signal,
        ...(options.dialName && { dialName: options.dialName }),
      });
      if (status !== 200) return { addresses: [], problem: `HTTP ${status}` };
      const snapshot = await open(input, { bytes: body, seal: sealFromHeaders(header) }, options);
      ({ stale } = snapshot);
      return answerOf(snapshot, options.random);
    } catch (error) {
      if (error instanceof HttpError) return { addresses: [], problem: error.message };
      if (error instanceof SnapshotRefusedError) return refusal(error.reason);
      throw error;
    }
  };
  return { ...input, how: "asked", ask, freshUntil: () => stale };
}

const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Checks the snapshot against the keys and the newest one taken before. Throws `SnapshotRefusedError`. */
async function open(
  input: InputName,
  sealed: { readonly bytes: Uint8Array<ArrayBuffer>; readonly seal: unknown },
  { federation, network, history, clock }: SnapshotOptions,
): Promise<Snapshot> {
  const now = clock();
  const trust = { network: network.name, keys: federation.keys, crypto: webcrypto.subtle, decodeText };
  const { snapshot } = await openSnapshot(sealed, trust, history.position(input), now);
  if (freshnessAt(snapshot, now) === "expired") throw new SnapshotRefusedError("expired");
  history.notePosition(input, snapshot);
  return snapshot;
}

/** An edge that is behind is no attack; whatever else is refused may be one. */
const refusal = (reason: RefusedSnapshot): InputAnswer => ({
  addresses: [],
  problem: `refused, ${reason}: ${SNAPSHOT_REFUSALS[reason]}`,
  ...(reason !== "expired" && { alarm: true }),
});

function answerOf({ peers }: Snapshot, random: () => number): InputAnswer {
  const drawn = draw(peers, FEDERATION_LIMITS.addresses, random);
  const addresses = drawn.flatMap(([address]) => readAddress(address) ?? []);
  return addresses.length > 0 ? { addresses } : { addresses, problem: "no peers" };
}

/** At most `count` of the items, each as likely as any other: a snapshot is sorted, and its first peers would be the lowest addresses. */
function draw<T>(items: readonly T[], count: number, random: () => number): T[] {
  const shuffled = [...items];
  const most = Math.min(count, items.length);
  for (let i = 0; i < most; i++) {
    const j = i + Math.floor(random() * (items.length - i));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled.slice(0, most);
}
