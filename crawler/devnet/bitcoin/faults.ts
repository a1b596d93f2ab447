/** Nodes that are none, each in the way of this family. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { encodeMessage } from "../../protocols/bitcoin/frame.ts";
import { encodeVersion } from "../../protocols/envelope/version.ts";
import { drip } from "../faults.ts";
import { ourVersion } from "./honest.ts";
import { checksum, type BitcoinVisit } from "./visit.ts";

/** A node of another network that speaks first, as zebra does, and hangs up on the caller's magic. */
export function wrongMagic(visit: BitcoinVisit): void {
  const { line, network } = visit;
  const foreign = Array.from(hexToBytes(network.wire.magic), (octet) => (octet ^ 0xff).toString(16).padStart(2, "0")).join("");
  line.send(encodeMessage(foreign, "version", encodeVersion(ourVersion(visit)), checksum));
  line.onData(() => line.hangUp());
}

/** Answers properly, one octet at a time. */
export function dripper(visit: BitcoinVisit): void {
  const { line, network } = visit;
  let started = false;
  line.onData(() => {
    if (started) return;
    started = true;
    drip(visit, encodeMessage(network.wire.magic, "version", encodeVersion(ourVersion(visit)), checksum));
  });
}
