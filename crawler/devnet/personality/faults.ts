/** Nodes that are none, or none that deserve to be served. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { encodeMessage } from "../../protocols/bitcoin/frame.ts";
import { encodeVersion } from "../../protocols/bitcoin/version.ts";
import { ourVersion } from "./honest.ts";
import { checksum, type Visit } from "./visit.ts";

/** Resets the connection: what is left of a node that went away. */
export const dead = ({ line }: Visit): void => line.reset();

/** Accepts and says nothing, for as long as the caller waits. */
export const silent = (): void => {};

/** A node of another network that speaks first, as zebra does, and hangs up on the caller's magic. */
export function wrongMagic(visit: Visit): void {
  const { line, world } = visit;
  const foreign = Array.from(hexToBytes(world.network.wire.magic), (octet) => (octet ^ 0xff).toString(16).padStart(2, "0")).join("");
  line.send(encodeMessage(foreign, "version", encodeVersion(ourVersion(visit)), checksum));
  line.onData(() => line.hangUp());
}

/** Answers properly, one octet at a time. */
export function dripper(visit: Visit): void {
  const { line, world } = visit;
  let started = false;
  line.onData(() => {
    if (started) return;
    started = true;
    const message = encodeMessage(world.network.wire.magic, "version", encodeVersion(ourVersion(visit)), checksum);
    const drip = (at: number): void => {
      line.send(message.subarray(at, at + 1));
      if (at + 1 < message.length) line.after(world.config.dripMs, () => drip(at + 1));
    };
    drip(0);
  });
}

/** Octets sent at a time. */
const GARBAGE_OCTETS = 16 * 1024;

/** Pours random octets for as long as the caller reads them. */
export function garbage({ line, world }: Visit): void {
  const chunk = Uint8Array.from({ length: GARBAGE_OCTETS }, () => Math.floor(world.random() * 256));
  line.pour(() => chunk);
}
