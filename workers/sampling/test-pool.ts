/** Pools and repeatable randomness for tests. */
import { SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, type PeerRow, type Snapshot } from "../../schema/snapshot.ts";
import { buildPool, type Pool } from "./pool.ts";
import { randomInt, type RandomInt } from "./random.ts";

export interface TestPeer {
  readonly text: string;
  readonly services?: string;
  readonly version?: number;
  readonly asn?: number | null;
}

export function snapshotOf(peers: readonly TestPeer[], seq = 7): Snapshot {
  const rows = peers.map(({ text, services = "409", version = 70_016, asn = null }): PeerRow => [
    text,
    services,
    version,
    "/test:1/",
    asn,
    null,
  ]);
  const times = { generated: 1_000, stale: 2_000, expires: 3_000 };
  return { format: SNAPSHOT_FORMAT, network: "devnet", seq, previous: null, ...times, columns: [...SNAPSHOT_COLUMNS], peers: rows };
}

export const poolOf = (peers: readonly TestPeer[]): Pool => buildPool(snapshotOf(peers));

/** Words of the splitmix32 generator: the same for the same seed. */
export function seeded(seed: number): RandomInt {
  let state = seed >>> 0;
  return randomInt((words) => {
    for (let i = 0; i < words.length; i++) {
      state = (state + 0x9e3779b9) >>> 0;
      let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      words[i] = (word ^ (word >>> 15)) >>> 0;
    }
  });
}

/** `count` peers, each in a /16 of its own. At most 55,000. */
export function spread(count: number, port = 28_333): TestPeer[] {
  return Array.from({ length: count }, (_, i) => ({ text: `${1 + Math.floor(i / 250)}.${i % 250}.7.9:${port}` }));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

const digit = (n: number, place: number): string => BASE32[(n >> (5 * place)) & 31]!;

/** `count` onion services, at most 32,768. Their names have no right checksum: of a signed snapshot nobody asks for it. */
export function onions(count: number, port = 28_333): TestPeer[] {
  return Array.from({ length: count }, (_, i) => ({ text: `${digit(i, 2)}${digit(i, 1)}${digit(i, 0)}${"a".repeat(53)}.onion:${port}` }));
}

/** `count` peers inside one /16, 200.100.0.0. At most 65,000. */
export function crowd(count: number, port = 28_333): TestPeer[] {
  return Array.from({ length: count }, (_, i) => ({ text: `200.100.${Math.floor(i / 250)}.${i % 250}:${port}` }));
}
