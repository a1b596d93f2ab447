/**
 * An honest node's side of a conversation, as Bitcoin Core's (src/net_processing.cpp, ProcessMessage and SendMessages): its version only after
 * the caller's, wtxidrelay and sendaddrv2 before its verack, getaddr answered once. A manner changes a detail for the less usual nodes.
 */
import { encodeMessage, frameReader } from "../../protocols/bitcoin/frame.ts";
import { decodeNonce, decodeVersion } from "../../protocols/bitcoin/messages.ts";
import { encodeAddr } from "../../protocols/envelope/addr.ts";
import type { Message } from "../../protocols/envelope/frame.ts";
import { encodeNonce, encodeVersion } from "../../protocols/envelope/version.ts";
import { encodeAddrv2 } from "../../protocols/bitcoin/addrv2.ts";
import { WireError } from "../../protocols/wire-error.ts";
import { Writer } from "../../protocols/writer.ts";
import type { Hearsay } from "../../protocols/session.ts";
import { unixSeconds } from "../visit.ts";
import { checksum, type BitcoinVisit } from "./visit.ts";

/** How a node differs from Bitcoin Core. */
export interface Manner {
  /** Milliseconds by which it handles every message late. */
  readonly delayMs?: number;
  /** Tells its own address, alone, as soon as the handshake is complete. */
  readonly announces?: boolean;
  /** Milliseconds from getaddr to its answer. */
  readonly answerMs?: number;
  /** What it answers to getaddr. */
  readonly tell?: () => readonly Hearsay[];
}

/** A handshake takes at most this long (Core's -peertimeout). */
export const HANDSHAKE_MS = 60_000;
/** Callers below this version are hung up on (Core's MIN_PEER_PROTO_VERSION). */
const LEAST_CALLER_VERSION = 31_800;
/** From this version on nodes speak of wtxidrelay and addrv2 (Core's WTXID_RELAY_VERSION). */
const WTXID_RELAY_VERSION = 70_016;
/** From this version on nodes speak of compact blocks (Core's SHORT_IDS_BLOCKS_VERSION). */
const COMPACT_BLOCKS_VERSION = 70_014;
/** The fee below which a node wants no transactions, in satoshis a kilobyte: Core's default. */
const FEE_FILTER = 1_000n;

const NOTHING = new Uint8Array(0);

/** Talks as an honest node until either side hangs up. */
export function converse(visit: BitcoinVisit, manner: Manner = {}): void {
  const { line, network } = visit;
  const frames = frameReader(network.wire.magic, checksum);
  const talk = new Talk(visit, manner);
  const handle = (message: Message): void => {
    try {
      talk.handle(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      line.hangUp();
    }
  };
  const { delayMs = 0 } = manner;
  line.onData((bytes) => {
    try {
      for (const message of frames.push(bytes)) {
        if (delayMs > 0) line.after(delayMs, () => handle(message));
        else handle(message);
      }
    } catch (error) {
      // Another network's magic, or more than anyone has to say: Core hangs up on both.
      if (!(error instanceof WireError)) throw error;
      line.hangUp();
    }
  });
  line.after(HANDSHAKE_MS, () => talk.expire());
}

class Talk {
  readonly #visit: BitcoinVisit;
  readonly #manner: Manner;
  /** The lower of both versions, once the caller's is known. */
  #common: number | undefined;
  #wantsAddrv2 = false;
  #verified = false;
  #asked = false;

  constructor(visit: BitcoinVisit, manner: Manner) {
    this.#visit = visit;
    this.#manner = manner;
  }

  handle({ command, payload }: Message): void {
    if (this.#common === undefined) {
      if (command === "version") this.#greet(decodeVersion(payload).version);
    } else if (command === "sendaddrv2" || command === "wtxidrelay") this.#negotiate(command);
    else if (command === "verack") this.#verify();
    else if (!this.#verified) return;
    else if (command === "ping") this.#send("pong", encodeNonce(decodeNonce(payload)));
    else if (command === "getaddr") this.#answer();
  }

  /** Hangs up where the handshake is still not complete. */
  expire(): void {
    if (!this.#verified) this.#visit.line.hangUp();
  }

  #greet(callerVersion: number): void {
    const { node, line, network } = this.#visit;
    if (callerVersion < LEAST_CALLER_VERSION) return line.hangUp();
    this.#common = Math.min(callerVersion, node.version);
    this.#send("version", encodeVersion(ourVersion(this.#visit)));
    if (network.wire.addrv2 && this.#common >= WTXID_RELAY_VERSION) {
      this.#send("wtxidrelay", NOTHING);
      this.#send("sendaddrv2", NOTHING);
    }
    this.#send("verack", NOTHING);
  }

  /** Only between version and verack (BIP155, BIP339): later it costs the connection. Old nodes do not know these messages. */
  #negotiate(command: string): void {
    const { node, line, network } = this.#visit;
    if (!network.wire.addrv2 || node.version < WTXID_RELAY_VERSION) return;
    if (this.#verified) line.hangUp();
    else if (command === "sendaddrv2") this.#wantsAddrv2 = true;
  }

  #verify(): void {
    if (this.#verified) return;
    this.#verified = true;
    const { node, world } = this.#visit;
    world.census.handshake(node);
    if ((this.#common ?? 0) >= COMPACT_BLOCKS_VERSION) {
      this.#send("sendcmpct", new Writer().u8(0, "announce").u64le(2n, "version").finish());
      this.#send("ping", encodeNonce(randomNonce(world.random)));
      this.#send("feefilter", new Writer().u64le(FEE_FILTER, "fee").finish());
    }
    if (this.#manner.announces === true) this.#gossip([world.gossip.announce(node, unixSeconds(world))]);
  }

  /** Once a connection: a second getaddr is ignored. A node that knows nobody says nothing. */
  #answer(): void {
    if (this.#asked) return;
    this.#asked = true;
    const { node, line, world } = this.#visit;
    world.census.asked(node);
    const { answerMs = 0, tell = () => world.gossip.tell(node, unixSeconds(world)) } = this.#manner;
    const reply = (): void => this.#gossip(tell());
    if (answerMs > 0) line.after(answerMs, reply);
    else reply();
  }

  #gossip(entries: readonly Hearsay[]): void {
    if (entries.length === 0) return;
    if (this.#wantsAddrv2) this.#send("addrv2", encodeAddrv2(entries));
    else this.#send("addr", encodeAddr(entries));
  }

  #send(command: string, payload: Uint8Array): void {
    const { line, network } = this.#visit;
    line.send(encodeMessage(network.wire.magic, command, payload, checksum));
  }
}

/** The version message of a node: zeros for its own address, as Core, and the caller's as it sees it. */
export function ourVersion({ node, line, world }: BitcoinVisit): Parameters<typeof encodeVersion>[0] {
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

function randomNonce(random: () => number): bigint {
  const word = (): bigint => BigInt(Math.floor(random() * 0x1_0000_0000));
  return (word() << 32n) | word();
}
