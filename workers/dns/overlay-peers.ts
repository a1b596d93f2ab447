/**
 * Peers on overlay networks as TXT, because A and AAAA can carry none: one record a peer, whose character-strings are
 *
 *     "<address>" "services=<hex>"
 *
 * The address comes first, in its canonical text with the port: `<56 characters>.onion:8333`, `<52 characters>.b32.i2p:0` or,
 * for CJDNS, `[fc00::1]:8333`; it tells its family. Then the service bits that the peer was seen to offer, lower-case hex.
 * Clients ignore strings they do not know: more may follow.
 */
import type { AddressFamily } from "../../schema/address.ts";
import { peerAt, type Peer, type Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { sampleRows } from "../sampling/sample.ts";
import { textData } from "./rdata.ts";
import type { Rdata } from "./records.ts";

/** What neither A nor AAAA can name. */
export const OVERLAY_FAMILIES = ["onion", "i2p", "cjdns"] as const satisfies readonly AddressFamily[];

/**
 * Draws up to `count` peers that offer all of `services`, as TXT data. The families take turns, so that the small ones are in every
 * answer and in what is left of it where a message is short: a client speaks one or two of them.
 */
export function overlayTexts(pool: Pool, services: string | undefined, count: number, random: RandomInt): Rdata[] {
  const samples = OVERLAY_FAMILIES.map((family) => sampleRows(pool, { family, services }, count, random));
  const texts: Rdata[] = [];
  for (let turn = 0; turn < count; turn++) {
    for (const sample of samples) {
      if (texts.length === count) return texts; // what would not be sent is not written
      const row = sample[turn];
      if (row !== undefined) texts.push(overlayText(peerAt(pool, row)));
    }
  }
  return texts;
}

/** One peer's TXT data. */
export const overlayText = ({ text, services }: Peer): Rdata => textData(text, `services=${services}`);
