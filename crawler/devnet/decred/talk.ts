/**
 * An honest node's side of a conversation, as dcrd's (peer/peer.go, server.go): version first, verack in its place, getaddr answered once. It hangs
 * up on whatever dcrd hangs up on or bans for; there are no bans here, so that a test may call again.
 */
import { encodeAddrv2 } from "../../protocols/decred/addrv2.ts";
import { ADDRV2_VERSION } from "../../protocols/decred/limits.ts";
import { decodeNonce, decodeVersion } from "../../protocols/decred/messages.ts";
import { encodeAddr } from "../../protocols/envelope/addr.ts";
import type { Message } from "../../protocols/envelope/frame.ts";
import { encodeNonce } from "../../protocols/envelope/version.ts";
import { randomNonce, type Carry, type Side } from "../envelope/side.ts";

/** Callers below this version are hung up on without a word (dcrd's RemoveRejectVersion). */
export const LEAST_CALLER_VERSION = 9;

/** Messages that may come between version and verack below version 12; from there on none may. */
export const MOST_BEFORE_VERACK = 2;

export class Talk {
  readonly #side: Side;
  /** The lower of both versions, once the caller's is known. */
  #common: number | undefined;
  #beforeVerack = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  handle({ command, payload }: Message): void {
    const side = this.#side;
    if (this.#common === undefined) {
      if (command === "version") this.#greet(decodeVersion(payload).version);
      else side.hangUp();
    } else if (command === "version") side.hangUp();
    else if (command === "verack") this.#verify();
    else if (!side.verified && ++this.#beforeVerack > this.#mostBeforeVerack()) side.hangUp();
    else if (command === this.#foreignGossip(this.#common)) side.hangUp();
    else if (command === "ping") side.send("pong", encodeNonce(decodeNonce(payload)));
    else if (command === "getaddr" && side.verified) side.answer(this.#carry);
  }

  #greet(callerVersion: number): void {
    const side = this.#side;
    if (callerVersion < LEAST_CALLER_VERSION) return side.hangUp();
    this.#common = Math.min(callerVersion, side.visit.node.version);
    side.greet();
    side.send("verack");
  }

  #verify(): void {
    const side = this.#side;
    if (side.verified) return side.hangUp();
    side.verify();
    side.send("sendheaders");
    side.send("ping", encodeNonce(randomNonce(side.visit.world.random)));
    side.announce(this.#carry);
  }

  #mostBeforeVerack(): number {
    return this.#speaksAddrv2() ? 0 : MOST_BEFORE_VERACK;
  }

  #speaksAddrv2(): boolean {
    return (this.#common ?? 0) >= ADDRV2_VERSION;
  }

  /** The form of gossip that is illegal at a version. */
  #foreignGossip(common: number): string {
    return common >= ADDRV2_VERSION ? "addr" : "addrv2";
  }

  readonly #carry: Carry = (entries) => (this.#speaksAddrv2() ? ["addrv2", encodeAddrv2(entries)] : ["addr", encodeAddr(entries)]);
}
