/** A push of 5,000 changed and of 5,000 unchanged peers to the registry on local D1: time, rows written, and what that makes in a day. */
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { PUSHER_DEFAULTS } from "../crawler/push/pusher.ts";
import { findNetwork } from "../schema/networks/index.ts";
import type { Report } from "../schema/report.ts";
import { ZoneSchema } from "../schema/zone.ts";
import { figure, type Figure } from "./figure.ts";
import { median } from "./processes.ts";
import { withRegistry } from "./registry-edge.ts";
import { reports } from "./synthetic.ts";

const PEERS = 5_000;
const ROUNDS = 5;
const NEVER = 31_536_000;
/** What any push writes, whatever it holds: the position and the nonce. */
const ROWS_A_PUSH = 2;

/** The network of the free plan's goal: reachable peers, and the share that goes, and is replaced, in an hour. */
const REACHABLE = 20_000;
const CHURN_AN_HOUR = 0.05;
/** A peer that goes for good is written as lapsed and as gone, the one that comes instead as good. */
const CHANGES_A_REPLACEMENT = 3;
const DAY_SECONDS = 86_400;

/** Rows written in a day, all included: the reports, each push and the deletion of its nonce, each publication. */
function rowsADay(rowsAChange: number, rowsAPublication: number): number {
  const changes = REACHABLE * CHURN_AN_HOUR * 24 * CHANGES_A_REPLACEMENT;
  const pushes = DAY_SECONDS / (PUSHER_DEFAULTS.gap / 1_000);
  const publications = DAY_SECONDS / v.getDefaults(ZoneSchema).interval;
  return changes * rowsAChange + pushes * (ROWS_A_PUSH + 1) + publications * rowsAPublication;
}

const { name: NETWORK, port: PORT } = findNetwork("bitcoin")!;
const now = Math.floor(Date.now() / 1_000);
const version = (round: number): Report[] => reports(PEERS, PORT, now, `/Satoshi:${round}.0.0/`);

/** Rows written by one publication of a network of that size. */
function publication(): Promise<number> {
  return withRegistry(NETWORK, { tenure: 0, interval: 1 }, async ({ push, tick }) => {
    const all = reports(REACHABLE, PORT, now);
    for (let at = 0; at < all.length; at += PEERS) await push(all.slice(at, at + PEERS), []);
    await sleep(1_100); // the interval
    await tick(); // whatever the pushes had published is out when this resolves
    await sleep(1_100);
    const { rows } = await push([{ ...all[0]!, version: 70_017 }], [all[0]!]);
    const published = rows + (await tick()) - 1 - ROWS_A_PUSH;
    if (published <= 0) throw new Error("nothing was published: there is nothing to measure");
    return published;
  });
}

export async function benchPush(): Promise<Figure[]> {
  const rowsAPublication = await publication();
  // Nobody is old enough to be served: what is measured is the push, not the publishing.
  return withRegistry(NETWORK, { tenure: NEVER }, async ({ push }) => {
    await push(version(0), []); // the first: everything is new
    const changed = [];
    const unchanged = [];
    for (let round = 1; round <= ROUNDS; round++) {
      changed.push(await push(version(round), version(round - 1)));
      unchanged.push(await push(version(round), version(round)));
    }
    const rowsAChange = median(changed.map(({ rows }) => rows - ROWS_A_PUSH)) / PEERS;
    return [
      figure("push of 5,000 changed peers", median(changed.map(({ milliseconds }) => milliseconds)), "ms", { atMost: 300 }),
      figure("rows written a changed peer", rowsAChange, "", { atMost: 2 }),
      figure("push of 5,000 unchanged peers", median(unchanged.map(({ milliseconds }) => milliseconds)), "ms"),
      figure("rows written for unchanged peers", median(unchanged.map(({ rows }) => rows)) - ROWS_A_PUSH, "", { atMost: 0 }),
      figure("rows written by a publication", rowsAPublication, ""),
      figure("rows a day, 20,000 peers, 5 % churn an hour, worked out from these", rowsADay(rowsAChange, rowsAPublication), "", {
        atMost: 100_000,
      }),
    ];
  });
}
