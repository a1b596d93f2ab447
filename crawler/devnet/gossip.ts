/** What each node knows of the others and tells of them. Drawn when asked for, from the seed, so that it costs no memory. Times are whole Unix seconds. */
import type { PeerAddress } from "../../schema/address.ts";
import type { Hearsay } from "../protocols/session.ts";
import { DevnetConfigError, type DevnetConfig } from "./config.ts";
import { isAlive } from "./personalities.ts";
import type { DevnetNode } from "./population.ts";
import { below, mix, pick, seeded, shuffle } from "./random.ts";

/** The largest share of what it knows that a node tells, and the most entries of a message (Core's ADDRMAN_GETADDR_MAX_PCT and MAX_ADDR_TO_SEND). */
export const TOLD_SHARE = 0.23;
export const MAX_TOLD = 1_000;

/** What differs between families in an honest answer. */
export interface Telling {
  /** Whether the node itself comes last. */
  readonly itself: boolean;
  /** Makes a whole number of the share. */
  readonly round: (share: number) => number;
  /** Numbers the draws: the same number gives the same answer. The day where it is absent. */
  readonly draw?: number;
}

/** As Bitcoin Core. */
const CORE: Telling = { itself: true, round: Math.floor };

/** Enough entries to be against the protocol. */
const FLOOD = 1_500;

/** Core draws its answer anew after about a day. */
const DAY_SECONDS = 86_400;

/** Alive nodes were seen within this time; dead ones up to five days ago, which Core still tells and crawlers still believe. */
const FRESH_SECONDS = 3 * 3_600;
const OLDEST_SECONDS = 5 * DAY_SECONDS;

/** Times that cannot be: never, long ago, and in the far future. */
const ABSURD_TIMES = [0, 1, 0x7fff_ffff, 0xffff_ffff] as const;

export class Gossip {
  readonly #config: DevnetConfig;
  readonly #nodes: readonly DevnetNode[];
  readonly #lies: readonly PeerAddress[];
  /** Nodes whose answers together reach every address, the first entry first. Each tells of two of its kind, so they form a tree … */
  readonly #tellers: readonly DevnetNode[];
  readonly #indices: Int32Array;
  readonly #rank = new Map<DevnetNode, number>();
  /** … and of its part of these. */
  readonly #others: readonly DevnetNode[];

  constructor(config: DevnetConfig, nodes: readonly DevnetNode[], lies: readonly PeerAddress[]) {
    this.#config = config;
    this.#nodes = nodes;
    this.#lies = lies;
    this.#indices = Int32Array.from(nodes, ({ index }) => index);
    this.#tellers = nodes.filter(tellsReliably);
    this.#others = nodes.filter((node) => !tellsReliably(node));
    for (const [rank, node] of this.#tellers.entries()) this.#rank.set(node, rank);
    if (2 + Math.ceil(this.#others.length / this.#tellers.length) >= MAX_TOLD) {
      throw new DevnetConfigError("devnet: alive: too few honest nodes to tell of all the others");
    }
  }

  /** The nodes that a node knows: `config.known` of them, those first that it always tells of. */
  known(node: DevnetNode): DevnetNode[] {
    const known = [...this.#links(node)];
    const skip = new Set([node.index, ...known.map(({ index }) => index)]);
    const most = Math.max(known.length, this.#config.known);
    const drawn = this.#indices.slice();
    shuffle(drawn, most + 1, seeded(this.#config.seed, 5, node.index));
    for (const index of drawn) {
      if (known.length >= most) break;
      if (!skip.has(index)) known.push(this.#nodes[index]!);
    }
    return known;
  }

  /** What an honest node answers to getaddr: a share of what it knows, by default the same all day, and itself last unless it is old. */
  tell(node: DevnetNode, unixSeconds: number, { itself, round, draw }: Telling = CORE): Hearsay[] {
    const day = Math.floor((unixSeconds + (mix(this.#config.seed, node.index) % DAY_SECONDS)) / DAY_SECONDS);
    const random = seeded(this.#config.seed, 6, node.index, draw ?? day);
    const known = this.known(node);
    const links = this.#links(node).length;
    const most = Math.min(itself ? MAX_TOLD - 1 : MAX_TOLD, round(known.length * TOLD_SHARE));
    const chosen = Int32Array.from({ length: known.length - links }, (_, i) => links + i);
    const more = Math.max(0, most - links);
    shuffle(chosen, more, random);
    const told = [...known.slice(0, links), ...Array.from(chosen.subarray(0, more), (i) => known[i]!)];
    const entries = told.map((peer) => entry(peer, unixSeconds - age(peer, random)));
    return !itself || node.personality === "legacy" ? entries : [...entries, this.announce(node, unixSeconds)];
  }

  /**
   * At most `most` peers, for protocols that tell a few at a time: first those that the node tells of every day, the next ones at each `turn`, so that
   * who comes again often enough hears of all of them; then random ones that it knows.
   */
  handful(node: DevnetNode, most: number, turn: number, random: () => number): PeerAddress[] {
    const links = this.#links(node).length;
    const known = this.known(node);
    const first = Array.from({ length: Math.min(most, links) }, (_, i) => (turn * most + i) % links);
    const rest = Int32Array.from({ length: known.length - links }, (_, i) => links + i);
    const more = Math.min(most - first.length, rest.length);
    shuffle(rest, more, random);
    return [...first, ...rest.subarray(0, more)].map((i) => known[i]!.address);
  }

  /** The node itself, seen now. */
  announce(node: DevnetNode, unixSeconds: number): Hearsay {
    return entry(node, unixSeconds);
  }

  /** As much as an honest answer, but half of it are addresses that do not exist, and half of the times cannot be. */
  lie(node: DevnetNode, unixSeconds: number): Hearsay[] {
    const random = seeded(this.#config.seed, 7, node.index);
    return this.tell(node, unixSeconds).map(({ address, services, time }) => ({
      address: this.#lies.length > 0 && random() < 0.5 ? pick(this.#lies, random) : address,
      services,
      time: random() < 0.5 ? pick(ABSURD_TIMES, random) : time,
    }));
  }

  /** More entries than the protocol allows, over and over the same where there are not so many nodes. */
  flood(node: DevnetNode, unixSeconds: number): Hearsay[] {
    const first = below(this.#nodes.length, seeded(this.#config.seed, 8, node.index));
    return Array.from({ length: FLOOD }, (_, i) => entry(this.#nodes[(first + i) % this.#nodes.length]!, unixSeconds));
  }

  /** Whom the node tells of every day, so that a crawl which asks only the honest reaches everybody. */
  #links(node: DevnetNode): DevnetNode[] {
    const rank = this.#rank.get(node);
    if (rank === undefined) return [];
    const links = this.#tellers.slice(2 * rank + 1, 2 * rank + 3);
    for (let i = rank; i < this.#others.length; i += this.#tellers.length) links.push(this.#others[i]!);
    return links;
  }
}

/** Always there, and answers getaddr fully and in time. */
function tellsReliably({ personality }: DevnetNode): boolean {
  return personality === "faithful" || personality === "slow" || personality === "announcer";
}

function entry({ address, services }: DevnetNode, time: number): Hearsay {
  return { address, services, time };
}

function age({ personality }: DevnetNode, random: () => number): number {
  return isAlive(personality) ? below(FRESH_SECONDS, random) : FRESH_SECONDS + below(OLDEST_SECONDS - FRESH_SECONDS, random);
}
