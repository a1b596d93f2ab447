/** A view: the rows of a pool that a selection lets through, bucketed by netgroup and by operator. Made at first use, then kept. */
import type { AddressFamily } from "../../schema/address.ts";
import { FAMILIES, serviceHalves, type Pool } from "./pool.ts";

/** Which peers may be drawn; what is left out does not restrict. */
export interface Selection {
  /** One family, or both of IP. */
  readonly family?: AddressFamily | "ip" | undefined;
  /** Every one of these bits must be offered; lower-case hex of at most 16 digits (`ServicesSchema`). */
  readonly services?: string | undefined;
  readonly minVersion?: number | undefined;
  readonly port?: number | undefined;
}

/** The view that was asked for last, with the selection's members as they are compared. */
export interface LatestView {
  readonly family: string;
  readonly services: string;
  readonly minVersion: number;
  readonly port: number;
  readonly view: View;
}

/** Rows sorted by bucket: bucket `i` is `rows[starts[i]]` up to, without, `rows[starts[i + 1]]`. No bucket is empty. */
export interface Buckets {
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
}

export interface View {
  readonly byGroup: Buckets;
  readonly byOperator: Buckets;
}

/** The most views kept: 16 service masks by 5 families are what DNS uses; the rest serves the JSON API's free choice. */
export const MAX_VIEWS = 96;

/** The most rows in all views together, in pools: 16 masks of all families take at most 16. Bounds a huge pool's memory. */
export const MAX_VIEW_POOLS = 24;

/** The view of a selection. Costs time linear in the pool at first use; a selection pushed out by newer ones pays again. */
export function viewOf(pool: Pool, selection: Selection): View {
  const { family = "", services = "0", minVersion = 0, port = 0 } = selection;
  const { latest } = pool;
  if (latest?.family === family && latest.services === services && latest.minVersion === minVersion && latest.port === port)
    return latest.view;
  const key = `${family},${services},${minVersion},${port}`;
  let view = pool.views.get(key);
  if (view === undefined) {
    view = buildView(pool, selection);
    makeRoom(pool, view);
  } else {
    pool.views.delete(key);
  }
  pool.views.set(key, view); // now the most recently used
  pool.latest = { family, services, minVersion, port, view };
  return view;
}

function makeRoom(pool: Pool, view: View): void {
  let rows = view.byGroup.rows.length;
  for (const kept of pool.views.values()) rows += kept.byGroup.rows.length;
  for (const [key, oldest] of pool.views) {
    if (pool.views.size < MAX_VIEWS && rows <= MAX_VIEW_POOLS * pool.size) return;
    rows -= oldest.byGroup.rows.length;
    pool.views.delete(key);
  }
}

function buildView(pool: Pool, selection: Selection): View {
  const families = familiesOf(selection.family);
  const [high, low] = serviceHalves(selection.services ?? "0");
  const { minVersion = 0, port } = selection;
  const matching = new Uint32Array(pool.size);
  let count = 0;
  for (let row = 0; row < pool.size; row++) {
    if (families !== undefined && !families.includes(pool.families[row]!)) continue;
    if (port !== undefined && pool.ports[row] !== port) continue;
    if ((high & ~pool.servicesHigh[row]!) !== 0 || (low & ~pool.servicesLow[row]!) !== 0) continue;
    if (minVersion > 0 && pool.rows[row]![2] < minVersion) continue;
    matching[count++] = row;
  }
  const rows = matching.subarray(0, count);
  return {
    byGroup: bucket(rows, pool.groups, pool.groupCount),
    byOperator: bucket(rows, pool.operators, pool.operatorCount),
  };
}

/** The codes of the families that are let through; undefined where all are. */
function familiesOf(family: Selection["family"]): readonly number[] | undefined {
  if (family === undefined) return undefined;
  return family === "ip" ? [FAMILIES.indexOf("ipv4"), FAMILIES.indexOf("ipv6")] : [FAMILIES.indexOf(family)];
}

/** A counting sort of rows by their bucket's number, dropping empty buckets. */
function bucket(rows: Uint32Array, ids: Uint32Array, idCount: number): Buckets {
  const ends = new Uint32Array(idCount);
  for (const row of rows) ends[ids[row]!]!++;
  const starts: number[] = [];
  let total = 0;
  for (let id = 0; id < idCount; id++) {
    const length = ends[id]!;
    ends[id] = total; // where the bucket's next row goes
    if (length > 0) starts.push(total);
    total += length;
  }
  starts.push(total);
  const sorted = new Uint32Array(total);
  for (const row of rows) sorted[ends[ids[row]!]!++] = row;
  return { rows: sorted, starts: Uint32Array.from(starts) };
}
