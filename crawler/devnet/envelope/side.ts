/** A node's end of a conversation in Bitcoin's envelope: what is the same whatever family speaks in it. */
import { encodeFrame, FrameReader, type Checksum, type FrameLimits, type Message } from "../../protocols/envelope/frame.ts";
import { encodeVersion, type VersionMessage } from "../../protocols/envelope/version.ts";
import type { Hearsay } from "../../protocols/session.ts";
import { WireError } from "../../protocols/wire-error.ts";
import { unixSeconds, type Visit } from "../visit.ts";

/** What a family's nodes have in common. */
export interface Kin {
  /** The four octets that open every message, as hex. */
  readonly magic: string;
  readonly checksum: Checksum;
  /** What a node bears with from a caller. */
  readonly frames: FrameLimits;
  /** A handshake takes at most so many milliseconds. */
  readonly handshakeMs: number;
  /** What a node answers to getaddr. */
  readonly tell: (visit: Visit) => readonly Hearsay[];
  /** How an old node differs. */
  readonly legacy: (visit: Visit) => Manner;
  /** Begins a conversation. What it returns takes the caller's messages, and throws `WireError` where the node hangs up. */
  readonly listen: (side: Side) => (message: Message) => void;
}

/** How a node differs from the usual one of its family. */
export interface Manner {
  /** Milliseconds by which it handles every message late. */
  readonly delayMs?: number;
  /** Tells its own address, alone, as soon as the handshake is complete. */
  readonly announces?: boolean;
  /** Milliseconds from getaddr to its answer. */
  readonly answerMs?: number;
  /** What it answers to getaddr. */
  readonly tell?: (visit: Visit) => readonly Hearsay[];
}

/** Gossip as a command and its payload. */
export type Carry = (entries: readonly Hearsay[]) => readonly [command: string, payload: Uint8Array];

const NOTHING = new Uint8Array(0);

export class Side {
  readonly visit: Visit;
  readonly #kin: Kin;
  readonly #manner: Manner;
  #verified = false;
  #asked = false;

  constructor(visit: Visit, kin: Kin, manner: Manner) {
    this.visit = visit;
    this.#kin = kin;
    this.#manner = manner;
  }

  /** Both veracks were said. */
  get verified(): boolean {
    return this.#verified;
  }

  send(command: string, payload: Uint8Array = NOTHING): void {
    const { magic, checksum } = this.#kin;
    this.visit.line.send(encodeFrame(magic, command, payload, checksum));
  }

  hangUp(): void {
    this.visit.line.hangUp();
  }

  /** Says who the node is. */
  greet(): void {
    this.send("version", encodeVersion(statedVersion(this.visit)));
  }

  /** The caller's verack came. */
  verify(): void {
    this.#verified = true;
    this.visit.world.census.handshake(this.visit.node);
  }

  /** Tells of itself, where that is its manner. */
  announce(carry: Carry): void {
    const { node, world } = this.visit;
    if (this.#manner.announces === true) this.send(...carry([world.gossip.announce(node, unixSeconds(world))]));
  }

  /** Answers getaddr once a connection: a second one is ignored. A node that knows nobody says nothing. */
  answer(carry: Carry): void {
    if (this.#asked) return;
    this.#asked = true;
    const { visit } = this;
    visit.world.census.asked(visit.node);
    const { answerMs = 0, tell = this.#kin.tell } = this.#manner;
    const reply = (): void => {
      const entries = tell(visit);
      if (entries.length > 0) this.send(...carry(entries));
    };
    if (answerMs > 0) visit.line.after(answerMs, reply);
    else reply();
  }
}

/** Talks as an honest node until either side hangs up. */
export function converse(visit: Visit, kin: Kin, manner: Manner = {}): void {
  const { line } = visit;
  const frames = new FrameReader(kin.magic, kin.checksum, kin.frames);
  const side = new Side(visit, kin, manner);
  const take = kin.listen(side);
  const handle = (message: Message): void => orHangUp(side, () => take(message));
  const { delayMs = 0 } = manner;
  // Another network's magic, or more than anyone has to say, is the end as well.
  line.onData((bytes) =>
    orHangUp(side, () => {
      for (const message of frames.push(bytes)) {
        if (delayMs > 0) line.after(delayMs, () => handle(message));
        else handle(message);
      }
    }),
  );
  line.after(kin.handshakeMs, () => {
    if (!side.verified) line.hangUp();
  });
}

function orHangUp(side: Side, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    side.hangUp();
  }
}

/** The version message of a node: zeros for its own address, as Core and dcrd, and the caller's as it sees it. */
export function statedVersion({ node, line, world }: Visit): VersionMessage {
  return {
    version: node.version,
    services: node.services,
    timestamp: BigInt(unixSeconds(world)),
    receiver: { services: "0", address: line.caller },
    sender: { services: node.services, address: { family: "ipv6", host: "::", port: 0 } },
    nonce: randomNonce(world.random),
    userAgent: node.agent,
    startHeight: world.height(node),
    relay: true,
  };
}

/** 64 random bits. */
export function randomNonce(random: () => number): bigint {
  const word = (): bigint => BigInt(Math.floor(random() * 0x1_0000_0000));
  return (word() << 32n) | word();
}
