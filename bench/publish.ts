/** One publication of 10,000 peers on workerd, judged, sealed and stored: what it costs with a zone's DNSSEC keys and without. */
import { generateZoneKey } from "../cli/dnssec-keys.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { formatKeySets, type Algorithm } from "../workers/dnssec/keys.ts";
import { figure, type Figure } from "./figure.ts";
import { BENCH_ZONE, withRegistry } from "./registry-edge.ts";
import { reports } from "./synthetic.ts";

const PEERS = 10_000;
/** The most reports in one push. */
const PUSH = 5_000;
/** The kernel counts CPU in hundredths of a second: so many publications make that a millisecond each. */
const ROUNDS = 12;
const NEVER = 31_536_000;

const { name: NETWORK, port: PORT } = findNetwork("bitcoin")!;

interface Cost {
  /** CPU milliseconds: of the first publication, before anything is compiled, and of a later one on average. */
  readonly first: number;
  readonly later: number;
  /** The longest value that KV was given. */
  readonly octets: number;
}

const keysOf = (algorithm: Algorithm): string =>
  formatKeySets([
    {
      zone: BENCH_ZONE,
      keys: (["ksk", "zsk"] as const).map((role) => Object.assign(generateZoneKey(role, algorithm), { publish: 0, activate: 0 })),
    },
  ]);

/** Nothing is published but on demand: a push does not pay for it. */
const publicationCost = (dnssecKeys?: string): Promise<Cost> =>
  withRegistry(
    NETWORK,
    { tenure: 0, interval: NEVER },
    async ({ push, publish, restart, cpuSeconds }) => {
      const all = reports(PEERS, PORT, Math.floor(Date.now() / 1_000));
      let last = all[0]!;
      const change = async (): Promise<void> => {
        const next = { ...last, version: last.version + 1 };
        await push([next], [last]);
        last = next;
      };
      const measured = async (): Promise<{ milliseconds: number; octets: number }> => {
        await change();
        const before = cpuSeconds();
        const octets = await publish();
        return { milliseconds: (cpuSeconds() - before) * 1_000, octets };
      };
      for (let at = 0; at < PEERS; at += PUSH) await push(all.slice(at, at + PUSH), []);
      await restart();
      const { milliseconds: first, octets } = await measured();
      let later = 0;
      for (let round = 0; round < ROUNDS; round++) later += (await measured()).milliseconds / ROUNDS;
      return { first, later, octets };
    },
    dnssecKeys,
  );

export async function benchPublish(): Promise<Figure[]> {
  const plain = await publicationCost();
  const p256 = await publicationCost(keysOf(13));
  const ed25519 = await publicationCost(keysOf(15));
  return [
    figure("CPU of a publication without DNSSEC keys", plain.later, "ms"),
    figure("CPU of a publication with keys of algorithm 13", p256.later, "ms", { atMost: 300 }),
    figure("CPU of a publication with keys of algorithm 15", ed25519.later, "ms", { atMost: 300 }),
    figure("CPU of an isolate's first publication without keys", plain.first, "ms"),
    figure("CPU of an isolate's first publication with keys of algorithm 13", p256.first, "ms"),
    figure("KV value without keys", plain.octets / 1_000, "kB"),
    figure("KV value with keys of algorithm 13", p256.octets / 1_000, "kB"),
  ];
}
