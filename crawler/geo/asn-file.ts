/**
 * Reads a table of autonomous systems: CSV lines `first,last,AS number,name` in the order of their first addresses, as the npm package
 * `@ip-location-db/asn` has them. Addresses are text, or for IPv4 also decimal numbers. Names are not kept.
 */
import { createReadStream } from "node:fs";
import { IpFormatError, parseIpv4, parseIpv6 } from "../../schema/ip.ts";
import { namesOperator } from "../../schema/location.ts";
import { GeographyError } from "./geography-error.ts";
import { keyOf, RangeOrderError, RangeTable, type Key } from "./range-table.ts";

/** The most ranges taken: four times as many as there are routes on the internet (1.3 million), 144 MB in memory. */
export const MAX_RANGES = 4_000_000;

/** The longest line taken, in characters; the longest name is about 200. Bounds what a file without line ends costs. */
export const MAX_LINE = 4_096;

/** The comma after the number is part of it: a number cut short is not another number. */
const LINE = /^([0-9a-f.:]{1,45}),([0-9a-f.:]{1,45}),(\d{1,10}),/i;

/** What stands for an AS number that names nobody. */
export const NO_AS = 0;

/** A line that is not as it should be. */
class LineError extends Error {}

/**
 * The file as a table from address to AS number; 0 where that names nobody. Rejects with `GeographyError`, which names the line that is wrong,
 * also where the file breaks off in the middle of one.
 */
export async function readAsnFile(path: string, version: 4 | 6, limit = MAX_RANGES): Promise<RangeTable> {
  const table = new RangeTable(version === 4 ? 1 : 4);
  const toKey = version === 4 ? ipv4Key : ipv6Key;
  let number = 1;
  let rest = "";
  try {
    for await (const chunk of createReadStream(path, { encoding: "latin1" })) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        addLine(table, line, toKey, limit);
        number++;
      }
      if (rest.length > MAX_LINE) throw new LineError(`is longer than ${MAX_LINE} characters`);
    }
    if (rest !== "") throw new LineError("does not end: the file is cut off");
    if (table.size === 0) throw new LineError("the file is empty");
  } catch (cause) {
    if (cause instanceof LineError || cause instanceof RangeOrderError || cause instanceof IpFormatError) {
      throw new GeographyError(`${path}: line ${number}: ${cause.message}`, { cause });
    }
    throw new GeographyError(`${path}: cannot be read`, { cause });
  }
  table.trim();
  return table;
}

function addLine(table: RangeTable, line: string, toKey: (text: string) => Key, limit: number): void {
  const [, first, last, asn] = LINE.exec(line) ?? [];
  if (first === undefined || last === undefined || asn === undefined)
    throw new LineError("expected first address,last address,AS number,name");
  if (Number(asn) > 0xffff_ffff) throw new LineError("an AS number has 32 bits");
  if (table.size === limit) throw new LineError(`the file has more than ${limit} ranges`);
  table.add(toKey(first), toKey(last), namesOperator(Number(asn)) ? Number(asn) : NO_AS);
}

/** Dotted, or as one decimal number. */
function ipv4Key(text: string): Key {
  if (text.includes(".")) return keyOf(parseIpv4(text));
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= 0xffff_ffff)) throw new LineError("an IPv4 address has 32 bits");
  return [number];
}

const ipv6Key = (text: string): Key => keyOf(parseIpv6(text));
