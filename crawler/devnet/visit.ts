/** What a node has at hand when somebody calls. */
import type { Network } from "../../schema/network.ts";
import type { Census } from "./census.ts";
import type { DevnetConfig } from "./config.ts";
import type { Gossip } from "./gossip.ts";
import type { Line } from "./line.ts";
import type { DevnetNode } from "./population.ts";

/** The devnet as its nodes see it. */
export interface World {
  readonly config: DevnetConfig;
  readonly network: Network;
  readonly gossip: Gossip;
  readonly census: Census;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The height that a node states now. */
  readonly height: (node: DevnetNode) => number;
}

/** One call to one node. */
export interface Visit {
  readonly node: DevnetNode;
  readonly line: Line;
  readonly world: World;
}

/** Whole Unix seconds, as most messages carry them. */
export const unixSeconds = ({ now }: World): number => Math.floor(now() / 1000);
