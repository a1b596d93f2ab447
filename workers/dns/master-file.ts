/** A bank as a zone that other software can read and verify: one sample of each set with its signatures, in master-file form (RFC 1035 §5.1). */
import type { Bank } from "./bank.ts";
import { parseName } from "./name.ts";
import { formatData } from "./presentation.ts";
import { formatType, rdataOf, TYPE, type RecordSet } from "./records.ts";
import type { Samples } from "./samples.ts";

/** A record in words. */
export interface MasterRecord {
  /** Absolute, with a final dot. */
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
  readonly type: string;
  readonly data: string;
}

/** The whole zone: the SOA first, then name by name in canonical order. */
export function zoneRecords({ zone, sets }: Bank): MasterRecord[] {
  const apex = sets.get(zone) ?? new Map<number, Samples>();
  const names = Array.from(sets, ([name, owned]) => {
    // What is denied but for DS owns no more than the denial here: the delegation, whose servers are the zone's and which nobody signs.
    const delegation = owned.size === 1 ? apex.get(TYPE.NS) : undefined;
    return [...(delegation === undefined ? [] : wordsOf(name, delegation.first(parseName(name)).set)), ...recordsAt(name, owned)];
  });
  const isSoa = ({ name, type }: MasterRecord): boolean => name === zone && type === "SOA";
  const records = names.flat();
  return [...records.filter(isSoa), ...records.filter((record) => !isSoa(record))];
}

/** The zone's records as the lines of a master file. */
export const masterLines = (bank: Bank): string[] =>
  zoneRecords(bank).map(({ name, ttl, type, data }) => `${name}\t${ttl}\tIN\t${type}\t${data}`);

const recordsAt = (name: string, owned: ReadonlyMap<number, Samples>): MasterRecord[] =>
  Array.from(owned.values()).flatMap((samples) => {
    const { set, signatures } = samples.first(samples.owner);
    return wordsOf(name, set).concat(wordsOf(name, signatures));
  });

const wordsOf = (name: string, set: RecordSet): MasterRecord[] =>
  rdataOf(set).map((data) => ({ name, ttl: set.ttl, type: formatType(set.type), data: formatData(set.type, data) }));
