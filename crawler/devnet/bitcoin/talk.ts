/**
 * An honest node's side of a conversation, as Bitcoin Core's (src/net_processing.cpp, ProcessMessage and SendMessages): its version only after
 * the caller's, wtxidrelay and sendaddrv2 before its verack, getaddr answered once.
 */
import { encodeAddrv2 } from "../../protocols/bitcoin/addrv2.ts";
import { decodeNonce, decodeVersion } from "../../protocols/bitcoin/messages.ts";
import { encodeAddr } from "../../protocols/envelope/addr.ts";
import type { Message } from "../../protocols/envelope/frame.ts";
import { encodeNonce } from "../../protocols/envelope/version.ts";
import { Writer } from "../../protocols/writer.ts";
import { randomNonce, type Carry, type Side } from "../envelope/side.ts";

/** Callers below this version are hung up on (Core's MIN_PEER_PROTO_VERSION). */
const LEAST_CALLER_VERSION = 31_800;
/** From this version on nodes speak of wtxidrelay and addrv2 (Core's WTXID_RELAY_VERSION). */
const WTXID_RELAY_VERSION = 70_016;
/** From this version on nodes speak of compact blocks (Core's SHORT_IDS_BLOCKS_VERSION). */
const COMPACT_BLOCKS_VERSION = 70_014;
/** The fee below which a node wants no transactions, in satoshis a kilobyte: Core's default. */
const FEE_FILTER = 1_000n;

export class Talk {
  readonly #side: Side;
  /** Whether nodes of the network know addrv2. */
  readonly #addrv2: boolean;
  /** The lower of both versions, once the caller's is known. */
  #common: number | undefined;
  #wantsAddrv2 = false;

  constructor(side: Side, addrv2: boolean) {
    this.#side = side;
    this.#addrv2 = addrv2;
  }

  handle({ command, payload }: Message): void {
    const side = this.#side;
    if (this.#common === undefined) {
      if (command === "version") this.#greet(decodeVersion(payload).version);
    } else if (command === "sendaddrv2" || command === "wtxidrelay") this.#negotiate(command);
    else if (command === "verack") this.#verify(this.#common);
    else if (!side.verified) return;
    else if (command === "ping") side.send("pong", encodeNonce(decodeNonce(payload)));
    else if (command === "getaddr") side.answer(this.#carry);
  }

  #greet(callerVersion: number): void {
    const side = this.#side;
    if (callerVersion < LEAST_CALLER_VERSION) return side.hangUp();
    this.#common = Math.min(callerVersion, side.visit.node.version);
    side.greet();
    if (this.#addrv2 && this.#common >= WTXID_RELAY_VERSION) {
      side.send("wtxidrelay");
      side.send("sendaddrv2");
    }
    side.send("verack");
  }

  /** Only between version and verack (BIP155, BIP339): later it costs the connection. Old nodes do not know these messages. */
  #negotiate(command: string): void {
    if (!this.#addrv2 || this.#side.visit.node.version < WTXID_RELAY_VERSION) return;
    if (this.#side.verified) this.#side.hangUp();
    else if (command === "sendaddrv2") this.#wantsAddrv2 = true;
  }

  #verify(common: number): void {
    const side = this.#side;
    if (side.verified) return;
    side.verify();
    if (common >= COMPACT_BLOCKS_VERSION) {
      side.send("sendcmpct", new Writer().u8(0, "announce").u64le(2n, "version").finish());
      side.send("ping", encodeNonce(randomNonce(side.visit.world.random)));
      side.send("feefilter", new Writer().u64le(FEE_FILTER, "fee").finish());
    }
    side.announce(this.#carry);
  }

  readonly #carry: Carry = (entries) => (this.#wantsAddrv2 ? ["addrv2", encodeAddrv2(entries)] : ["addr", encodeAddr(entries)]);
}
