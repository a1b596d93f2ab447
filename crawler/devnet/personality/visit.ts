/** What a node has at hand when somebody calls. */
import { hash } from "node:crypto";
import type { BitcoinNetwork } from "../../protocols/bitcoin/session.ts";
import type { Checksum } from "../../protocols/bitcoin/frame.ts";
import type { Census } from "../census.ts";
import type { DevnetConfig } from "../config.ts";
import type { Gossip } from "../gossip.ts";
import type { Line } from "../line.ts";
import type { DevnetNode } from "../population.ts";

/** The devnet as its nodes see it. */
export interface World {
  readonly config: DevnetConfig;
  readonly network: BitcoinNetwork;
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

/** Whole Unix seconds, as every message carries them. */
export const unixSeconds = ({ now }: World): number => Math.floor(now() / 1000);

/** The checksum of Bitcoin and its descendants, by the platform's faster SHA-256. */
export const checksum: Checksum = (payload) => hash("sha256", hash("sha256", payload, "buffer"), "buffer").subarray(0, 4);
