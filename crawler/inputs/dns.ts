/** A DNS seed: a host name whose A and AAAA records are peers on the network's own port. */
import { Resolver } from "node:dns/promises";
import type { PeerAddress } from "../../schema/address.ts";
import { readAddress, type AskedInput, type InputAnswer } from "./input.ts";

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
const createSeedResolver = (): SeedResolver => new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: 2 });

/** A seed by its name. Each question gets a resolver of its own: the machine's name servers may have changed since. */
export const dnsInput = (seed: string, port: number, resolver: () => SeedResolver = createSeedResolver): AskedInput => ({
  kind: "dns",
  name: seed,
  how: "asked",
  ask: async (signal) => {
    if (signal.aborted) return { addresses: [], problem: "ECANCELLED" };
    const lookups = resolver();
    const cancel = (): void => lookups.cancel?.();
    signal.addEventListener("abort", cancel);
    try {
      return await askSeed(seed, port, lookups);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  },
});

/** Asks for both families. The problem is the resolver's code (ENOTFOUND, ESERVFAIL, ETIMEOUT …) where the seed gave neither. */
async function askSeed(seed: string, port: number, resolver: SeedResolver): Promise<InputAnswer> {
  const answers = await Promise.allSettled([resolver.resolve4(seed), resolver.resolve6(seed)]);
  const addresses: PeerAddress[] = [];
  let problem = "ENODATA";
  for (const answer of answers) {
    if (answer.status === "rejected") problem = errorCode(answer.reason);
    else addresses.push(...answer.value.slice(0, MAX_SEED_ADDRESSES).flatMap((host) => toAddress(host, port) ?? []));
  }
  return addresses.length > 0 ? { addresses } : { addresses, problem };
}

const toAddress = (host: string, port: number): PeerAddress | undefined =>
  readAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);

const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";
