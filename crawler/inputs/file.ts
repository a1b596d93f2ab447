/** A list of addresses in a file: the operator's own, what `seedcast crawl --once --json` printed, or one such as Bitcoin Core's nodes_main.txt. */
import { open } from "node:fs/promises";
import * as v from "valibot";
import type { PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import { DEFAULT_POLICY } from "../engine/policy.ts";
import { hostKey } from "../engine/record.ts";
import { given, readAddress, type GivenInput } from "./input.ts";

export const FILE_LIMITS = {
  /** The longest file read: 100,000 reports have about 25 MB. */
  octets: 32 * 1024 * 1024,
  addresses: 100_000,
  /** Most addresses taken on one host, or somebody's list could have us scan a victim's ports. On loopback every port is a host of its own. */
  perHost: DEFAULT_POLICY.maxPerHost,
  /** Bad lines named in a complaint. */
  namedLines: 5,
} as const;

/** A file that cannot be read, or is no list of addresses. The message names it. */
export class PeerFileError extends Error {
  override name = "PeerFileError";
}

export interface PeerList {
  readonly addresses: readonly PeerAddress[];
  /** Lines that name no address, and the numbers of the first of them. */
  readonly bad: number;
  readonly badLines: readonly number[];
  /** Addresses left out: more than the limits allow. */
  readonly left: number;
}

const EntrySchema = v.union([v.object({ address: v.string() }), v.object({ host: v.string() })]);

/**
 * Reads one address a line: its first word, with a port or on the network's own. What follows, and `#` with what follows, is left alone. A line that begins
 * with `{` is JSON with an `address` (a report) or a `host` (as `/api/addrs` has it).
 */
export function parsePeerList(text: string, { port, scope }: Network): PeerList {
  const addresses: PeerAddress[] = [];
  const badLines: number[] = [];
  const perHost = new Map<string, number>();
  let [number, bad, left] = [0, 0, 0];
  for (const line of linesOf(text)) {
    number++;
    const entry = line.trim();
    if (entry === "" || entry.startsWith("#")) continue;
    const address = entry.startsWith("{") ? fromJson(entry) : fromWord(entry.split(/[\s,;#]/, 1)[0] ?? "", port);
    if (address === undefined) {
      if (bad++ < FILE_LIMITS.namedLines) badLines.push(number);
      continue;
    }
    const host = hostKey(address, scope);
    const before = perHost.get(host) ?? 0;
    if (before >= FILE_LIMITS.perHost || addresses.length >= FILE_LIMITS.addresses) {
      left++;
      continue;
    }
    perHost.set(host, before + 1);
    addresses.push(address);
  }
  return { addresses, bad, badLines, left };
}

/** One at a time: an array of a hostile file's millions of empty lines would cost far more than its text. */
function* linesOf(text: string): Generator<string, void, undefined> {
  for (let start = 0, end = 0; end !== -1; start = end + 1) {
    end = text.indexOf("\n", start);
    yield end === -1 ? text.slice(start) : text.slice(start, end);
  }
}

function fromJson(line: string): PeerAddress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!v.is(EntrySchema, value)) return undefined;
  return readAddress("address" in value ? value.address : value.host);
}

const fromWord = (word: string, port: number): PeerAddress | undefined =>
  readAddress(word) ?? readAddress(`${word}:${port}`) ?? readAddress(`[${word}]:${port}`);

/** What there is to say of lines that were not taken, or undefined. */
export function describeLeft({ bad, badLines, left }: PeerList): string | undefined {
  const facts: string[] = [];
  const more = bad - badLines.length;
  if (bad > 0) facts.push(`no address in line ${badLines.join(", ")}${more > 0 ? ` and ${more} more` : ""}`);
  if (left > 0) facts.push(`${left} left out: at most ${FILE_LIMITS.perHost} on a host and ${FILE_LIMITS.addresses} in all`);
  return facts.length === 0 ? undefined : facts.join("; ");
}

/**
 * The file as an input. A few bad lines are told and passed over; where they are more than the good ones it is some other file. Rejects with
 * `PeerFileError`.
 */
export async function fileInput(path: string, network: Network): Promise<GivenInput> {
  const list = parsePeerList(await readText(path), network);
  const problem = describeLeft(list);
  if (list.bad > list.addresses.length + list.left) throw new PeerFileError(`${path}: is no list of addresses: ${problem}`);
  return given("file", path, { addresses: list.addresses, ...(problem !== undefined && { problem }) });
}

/** The whole file as text. It is read up to the limit only: it may be a device without an end. */
async function readText(path: string): Promise<string> {
  let octets: Buffer;
  try {
    await using file = await open(path);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, end: FILE_LIMITS.octets })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("a stream without an encoding gives octets");
      length += chunk.length;
      chunks.push(chunk);
    }
    if (length > FILE_LIMITS.octets) throw new PeerFileError(`${path}: is longer than ${FILE_LIMITS.octets} octets`);
    octets = Buffer.concat(chunks);
  } catch (cause) {
    if (cause instanceof PeerFileError) throw cause;
    throw new PeerFileError(`${path}: cannot be read`, { cause });
  }
  return octets.toString("utf8");
}
