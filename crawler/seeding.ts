/** Asks the network's DNS seeds, at the start of a first crawl and again only while too few peers are good. */
import type { Network } from "../schema/network.ts";
import type { Engine } from "./engine/engine.ts";
import type { CrawlPolicy } from "./engine/policy.ts";
import { askSeeds, type SeedAnswer, type SeedResolver } from "./net/seeds.ts";

export interface SeedingOptions {
  readonly network: Network;
  readonly policy: CrawlPolicy;
  readonly engine: Engine;
  readonly resolver: SeedResolver | undefined;
  readonly clock: () => number;
  /** Called with what each seed answered, after the addresses were taken. */
  readonly onAnswers: (answers: readonly SeedAnswer[]) => void;
  readonly onFault: (error: unknown) => void;
}

/** Starts asking; returns a function that stops it. */
export function startSeeding(options: SeedingOptions): () => void {
  const { network, policy, engine, resolver, clock, onAnswers, onFault } = options;
  if (network.dnsSeeds.length === 0) return () => {};
  let stopped = false;
  const ask = async (): Promise<void> => {
    if (engine.stats.good >= policy.enoughGood) return;
    const answers = await askSeeds(network.dnsSeeds, network.port, resolver);
    if (stopped) return;
    for (const { addresses } of answers) engine.seed(addresses, clock());
    onAnswers(answers);
  };
  const run = (): void => void ask().catch(onFault);
  const timer = setInterval(run, policy.seedSeconds * 1_000);
  run();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
