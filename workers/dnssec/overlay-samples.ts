/** Samples of peers on overlay networks, made beforehand: in each of them, as in an unsigned answer, the families take turns. */
import { overlayText, OVERLAY_FAMILIES } from "../dns/overlay-peers.ts";
import type { Rdata } from "../dns/records.ts";
import { dealSamples, type Deal } from "../sampling/deal.ts";
import { peerAt, type Pool } from "../sampling/pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { viewOf } from "../sampling/view.ts";

/** Deals samples of peers that offer all of `services`, as TXT data; every due row is in one of them, as far as `most` samples reach. */
export function overlaySamples(
  pool: Pool,
  services: string | undefined,
  deal: Deal,
  isDue: (row: number) => boolean,
  random: RandomInt,
): Rdata[][] {
  const sizes = OVERLAY_FAMILIES.map((family) => viewOf(pool, { family, services }).byGroup.rows.length);
  const shares = shareOut(sizes, deal.count);
  const dealt = OVERLAY_FAMILIES.flatMap((family, i) => {
    const samples = dealSamples(pool, { family, services }, { ...deal, count: shares[i]! }, isDue, random);
    return samples.length === 0 ? [] : [samples];
  });
  const count = Math.max(0, ...dealt.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) =>
    takeTurns(dealt.map((samples) => samples[i % samples.length]!)).map((row) => overlayText(peerAt(pool, row))),
  );
}

/** How many of `count` places each gets that has so many to fill, given one at a time in turn. */
function shareOut(sizes: readonly number[], count: number): number[] {
  const shares = sizes.map(() => 0);
  for (let given = 0, place = 0, missed = 0; given < count && missed < sizes.length; place = (place + 1) % sizes.length) {
    if (shares[place]! >= sizes[place]!) missed++;
    else {
      shares[place]!++;
      given++;
      missed = 0;
    }
  }
  return shares;
}

/** The first of each, then the second of each, and so on. */
function takeTurns(lists: readonly (readonly number[])[]): number[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}
