/** For the tests: an edge of its own with real KV behind it, a signing key, and a clock that stands still until it is set. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { base64urlnopad } from "@scure/base";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { keyId } from "../../schema/key.ts";
import {
  encodeSnapshot,
  SNAPSHOT_COLUMNS,
  SNAPSHOT_FORMAT,
  snapshotDigest,
  snapshotKey,
  type PeerRow,
  type Snapshot,
  type SnapshotSeal,
} from "../../schema/snapshot.ts";
import { randomInt } from "../sampling/sample.ts";
import { createResolver } from "./routes.ts";

/** When every test edge starts, Unix seconds. */
export const START = 1_800_000_000;

/** Rows of the usual snapshot: 40 IPv4 peers and 5 IPv6, each in a netgroup of its own, one onion, one peer off the default port. */
export const ROWS: readonly PeerRow[] = [
  ...Array.from({ length: 40 }, (_, i): PeerRow => [`20.${i}.0.1:28333`, i % 2 === 0 ? "9" : "409", 70016, "/Seed:1.0/", 64500 + i, "DE"]),
  ...Array.from({ length: 5 }, (_, i): PeerRow => [`[2a0${i}:1::1]:28333`, "409", 70017, "/Seed:1.1/", 64600 + i, "FR"]),
  [`${"a".repeat(56)}.onion:28333`, "9", 70016, "/Seed:1.0/", null, null],
  ["21.1.1.1:9999", "9", 70002, "/Old:0.1/", 64700, null],
];

export interface Clock {
  now: number;
}

export interface TestEdge {
  readonly clock: Clock;
  readonly env: Env;
  /** A request through the whole app; background work has ended when it returns. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The same app over these very bindings. */
  over(bindings: Env): TestEdge;
  /** The same app over other bindings: another isolate. */
  with(bindings: Partial<Env> & { readonly REFRESH_SECONDS?: unknown }): TestEdge;
  /** Seals any document by the key that the edge trusts. */
  readonly seal: (text: string, seq: number) => Promise<Sealed>;
  /** The usual snapshot at the clock's time. */
  readonly snapshotOf: (change: Partial<Snapshot>) => Snapshot;
  /** Signs a snapshot and puts it into KV as the registry does. */
  publish(change?: Partial<Snapshot>, spoil?: (sealed: Sealed) => Sealed): Promise<Sealed>;
}

export interface Sealed {
  readonly text: string;
  readonly seal: SnapshotSeal;
}

/** Makes an edge that serves `network` (a devnet in all but name) under `<network>.seed.example.org.`; KV is shared, so names must differ. */
export async function createTestEdge(network: string): Promise<TestEdge> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519 keys come in pairs");
  const exported = await crypto.subtle.exportKey("raw", pair.publicKey);
  if (!(exported instanceof ArrayBuffer)) throw new TypeError("a raw key is octets");
  const publicKey = base64urlnopad.encode(new Uint8Array(exported));
  const clock = { now: START };
  const app = createResolver({ now: () => clock.now, random: randomInt((words) => crypto.getRandomValues(words)) });
  const zone = {
    name: `${network}.seed.example.org.`,
    network: { ...DEVNET, name: network, scope: "public" },
    nameservers: ["ns1.example.org.", "ns2.example.org."],
    contact: "hostmaster.example.org.",
    hosts: [`${network}.addrs.example.org`],
  };

  const seal = async (text: string, seq: number): Promise<Sealed> => {
    const bytes = new TextEncoder().encode(text);
    const signature = base64urlnopad.encode(new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)));
    return { text, seal: { seq, digest: snapshotDigest(bytes), keyid: keyId(publicKey), signature } };
  };
  const snapshotOf = (change: Partial<Snapshot>): Snapshot => ({
    format: SNAPSHOT_FORMAT,
    network,
    seq: 1,
    previous: null,
    generated: clock.now,
    stale: clock.now + 900,
    expires: clock.now + 86_400,
    columns: [...SNAPSHOT_COLUMNS],
    peers: [...ROWS],
    ...change,
  });

  const over = (bindings: Env): TestEdge => ({
    clock,
    env: bindings,
    fetch: async (path, init) => {
      const ctx = createExecutionContext();
      const request = new Request(`https://edge.example.org${path}`, init);
      const response = await app.fetch(request, bindings, ctx);
      await waitOnExecutionContext(ctx);
      return response;
    },
    over,
    with: (changes) => over({ ...bindings, ...changes }),
    seal,
    snapshotOf,
    publish: async (change = {}, spoil = (sealed) => sealed) => {
      const snapshot = snapshotOf(change);
      const sealed = spoil(await seal(encodeSnapshot(snapshot), snapshot.seq));
      await env.SNAPSHOTS.put(snapshotKey(network), sealed.text, { metadata: sealed.seal });
      return sealed;
    },
  });
  return over({ ...env, ZONES: [zone], SNAPSHOT_PUBLIC_KEYS: [publicKey], OPERATOR_PUBLIC_KEYS: [] });
}
