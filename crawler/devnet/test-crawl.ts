/** What tests of whole crawls share. */
import { setImmediate } from "node:timers/promises";
import type { Report } from "../../schema/report.ts";
import type { Crawl } from "../crawl.ts";
import type { Devnet } from "./server.ts";

/** Wakes whoever waits for something that changes with every call of `wake`. */
export function waker(): { wake: () => void; until: (holds: () => boolean) => Promise<void> } {
  let next = Promise.withResolvers<void>();
  return {
    wake: () => {
      next.resolve();
      next = Promise.withResolvers();
    },
    until: async (holds) => {
      while (!holds()) await next.promise;
    },
  };
}

/** The reports of the peers that are good now. */
export const goodOf = (crawl: Crawl): Report[] => Array.from(crawl.reports()).filter(({ state }) => state === "good");

/** Ends both. The crawl leaves no connection open; the nodes learn of it in a moment. */
export async function stopBoth(crawl: Crawl, devnet: Devnet): Promise<void> {
  await crawl.stop();
  while (devnet.stats().open > 0) await setImmediate();
  await devnet.stop();
}
