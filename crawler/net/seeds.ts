/** Asks a network's DNS seeds for addresses to start from. */
import { Resolver } from "node:dns/promises";
import { AddressError, parseAddress, type PeerAddress } from "../../schema/address.ts";

/** What one seed answered. A seed that fails is a fact to show, not an error to throw. */
export interface SeedAnswer {
  readonly seed: string;
  readonly addresses: readonly PeerAddress[];
  /** The resolver's error code where the seed gave neither kind of record. */
  readonly failure: string | undefined;
}

/** The lookups needed; `node:dns/promises` has them. */
export interface SeedResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  /** Has all lookups under way fail at once. */
  cancel?(): void;
}

/** Most addresses taken from one seed and family. Seeds answer with some 25; 512 is what fits a large DNS message. */
export const MAX_SEED_ADDRESSES = 512;

/** How long a seed is waited for: two tries of this many milliseconds. */
const RESOLVE_TIMEOUT_MS = 5_000;

/** A resolver that gives up in time. */
export const createSeedResolver = (): SeedResolver => new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: 2 });

const notHere = (): Promise<never> => Promise.reject(Object.assign(new Error("names are the proxy's to resolve"), { code: "EPROXY" }));

/** In the place of a resolver where all goes through a proxy: it asks nobody, and every seed fails with `EPROXY`. */
export const proxiedResolver: SeedResolver = { resolve4: notHere, resolve6: notHere };

/** Asks every seed for IPv4 and IPv6 addresses; they get the network's default port. Never throws. */
export function askSeeds(seeds: readonly string[], port: number, resolver: SeedResolver): Promise<SeedAnswer[]> {
  return Promise.all(
    seeds.map(async (seed) => {
      const answers = await Promise.allSettled([resolver.resolve4(seed), resolver.resolve6(seed)]);
      const addresses: PeerAddress[] = [];
      let failure: string | undefined;
      for (const answer of answers) {
        if (answer.status === "rejected") failure = errorCode(answer.reason);
        else addresses.push(...answer.value.slice(0, MAX_SEED_ADDRESSES).flatMap((host) => toAddress(host, port)));
      }
      return { seed, addresses, failure: addresses.length > 0 ? undefined : (failure ?? "ENODATA") };
    }),
  );
}

function toAddress(host: string, port: number): PeerAddress[] {
  try {
    return [parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)];
  } catch (error) {
    if (error instanceof AddressError) return [];
    throw error;
  }
}

const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";
