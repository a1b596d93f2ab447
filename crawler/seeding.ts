/** Asks the network's DNS seeds, at the start of a first crawl and again only while too few peers are good. */
import type { Network } from "../schema/network.ts";
import type { Engine } from "./engine/engine.ts";
import type { CrawlPolicy } from "./engine/policy.ts";
import { askSeeds, createSeedResolver, type SeedAnswer, type SeedResolver } from "./net/seeds.ts";

export interface SeedingOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  readonly engine: Engine;
  readonly resolver: SeedResolver | undefined;
  readonly clock: () => number;
  /** Called with what each seed answered, after the addresses were taken; with nothing where enough peers are good and none was asked. */
  readonly onAnswers: (answers: readonly SeedAnswer[]) => void;
  readonly onFault: (error: unknown) => void;
}

/** Starts asking; returns a function that stops it, also in the middle of a question. */
export function startSeeding(options: SeedingOptions): () => void {
  const { network, policy, engine, clock, onAnswers, onFault } = options;
  if (network.dnsSeeds.length === 0) return () => {};
  let stopped = false;
  let resolver: SeedResolver | undefined;
  const ask = async (): Promise<void> => {
    const seeds = engine.stats.good >= policy.enoughGood ? [] : network.dnsSeeds;
    resolver = options.resolver ?? createSeedResolver(); // a new one each time: the machine's own resolvers may have changed
    const answers = await askSeeds(seeds, network.port, resolver);
    if (stopped) return;
    for (const { seed, addresses } of answers) engine.suggest(addresses, seed, clock());
    onAnswers(answers);
  };
  const run = (): void => void ask().catch(onFault);
  const timer = setInterval(run, policy.seedSeconds * 1_000);
  run();
  return () => {
    stopped = true;
    clearInterval(timer);
    resolver?.cancel?.();
  };
}
