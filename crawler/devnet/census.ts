/** Counts who called whom, so that a test can prove that a crawler is polite. */
import type { DevnetNode } from "./population.ts";

/** What one node saw. */
export interface NodeStats {
  /** Connections in all. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Most connections that were open at once; a polite crawler never has two. */
  readonly mostOpen: number;
  /** Least milliseconds from the start of one connection to the start of the next; infinite before the second. */
  readonly leastIntervalMs: number;
  /** Handshakes completed. */
  readonly handshakes: number;
  /** `getaddr` messages that were answered or will be. */
  readonly asked: number;
}

export interface DevnetStats {
  /** Connections accepted for nodes, in all, open now, and most at once. */
  readonly connections: number;
  readonly open: number;
  readonly mostOpen: number;
  readonly handshakes: number;
  readonly asked: number;
  /** Calls to addresses at which no node lives: liars' inventions. */
  readonly strays: number;
  /** Calls from or to addresses that are none of the devnet's, and those beyond the limit of connections. */
  readonly refused: number;
  /** Each node that was called, by address. Calls to `absent` nodes do not reach us. */
  readonly nodes: ReadonlyMap<string, NodeStats>;
}

interface Tally {
  connections: number;
  open: number;
  mostOpen: number;
  leastIntervalMs: number;
  handshakes: number;
  asked: number;
  lastMs: number;
}

const newTally = (): Tally => ({
  connections: 0,
  open: 0,
  mostOpen: 0,
  leastIntervalMs: Infinity,
  handshakes: 0,
  asked: 0,
  lastMs: -Infinity,
});

export class Census {
  readonly #nodes = new Map<DevnetNode, Tally>();
  readonly #all = newTally();
  #strays = 0;
  #refused = 0;

  /** A connection begins, at `unixMs`. */
  opened(node: DevnetNode, unixMs: number): void {
    for (const tally of this.#both(node)) {
      tally.connections++;
      tally.open++;
      tally.mostOpen = Math.max(tally.mostOpen, tally.open);
      tally.leastIntervalMs = Math.min(tally.leastIntervalMs, unixMs - tally.lastMs);
      tally.lastMs = unixMs;
    }
  }

  closed(node: DevnetNode): void {
    for (const tally of this.#both(node)) tally.open--;
  }

  handshake(node: DevnetNode): void {
    for (const tally of this.#both(node)) tally.handshakes++;
  }

  asked(node: DevnetNode): void {
    for (const tally of this.#both(node)) tally.asked++;
  }

  stray(): void {
    this.#strays++;
  }

  refused(): void {
    this.#refused++;
  }

  /** Connections to a node so far. */
  calls(node: DevnetNode): number {
    return this.#nodes.get(node)?.connections ?? 0;
  }

  /** The counts so far; a copy. */
  stats(): DevnetStats {
    const nodes = new Map<string, NodeStats>();
    for (const [{ key }, tally] of this.#nodes) nodes.set(key, seen(tally));
    const { connections, open, mostOpen, handshakes, asked } = this.#all;
    return { connections, open, mostOpen, handshakes, asked, strays: this.#strays, refused: this.#refused, nodes };
  }

  #both(node: DevnetNode): [Tally, Tally] {
    let tally = this.#nodes.get(node);
    if (tally === undefined) this.#nodes.set(node, (tally = newTally()));
    return [tally, this.#all];
  }
}

const seen = ({ connections, open, mostOpen, leastIntervalMs, handshakes, asked }: Tally): NodeStats => ({
  connections,
  open,
  mostOpen,
  leastIntervalMs,
  handshakes,
  asked,
});
