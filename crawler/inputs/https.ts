/** Decred's way of seeding: `GET https://<host>/api/addrs`, answered by JSON objects, one a line (dcrd addrmgr/seed.go; dcrseeder http.go). */
import * as v from "valibot";
import type { PeerAddress } from "../../schema/address.ts";
import type { Network } from "../../schema/network.ts";
import type { Dialer } from "../net/dial.ts";
import { httpGet, HttpError } from "./http.ts";
import { readAddress, type AskedInput, type InputAnswer } from "./input.ts";

/** What one seeder may cost us. A seeder tells 16 addresses in at most 4,096 octets; dcrd waits a minute for them. */
export const ADDRS_LIMITS = {
  /** Lines read; the rest of a longer answer is left alone. */
  lines: 64,
  octets: 64 * 1024,
  timeoutMs: 10_000,
} as const;

/** An answer that is not what a seeder says; the message names the line. */
export class AddrsError extends Error {
  override name = "AddrsError";
}

const EntrySchema = v.object({ host: v.string() });

/**
 * The addresses of an answer. As in dcrd, one whose `host` is no literal address with a port is skipped, and a line that is no such object fails
 * the whole answer. Throws `AddrsError`.
 */
export function parseAddrs(text: string): PeerAddress[] {
  const lines = text.split("\n", ADDRS_LIMITS.lines);
  return lines.flatMap((line, index) => (line.trim() === "" ? [] : (readAddress(parseHost(line, index + 1)) ?? [])));
}

function parseHost(line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new AddrsError(`line ${number} is not JSON`);
  }
  if (!v.is(EntrySchema, value)) throw new AddrsError(`line ${number} names no host`);
  return value.host;
}

/** A seeder by its host name. `dialName` as in `httpGet`. */
export function httpsInput(host: string, network: Network, dialName: Dialer["dialName"]): AskedInput {
  const url = URL.parse(`https://${host}/api/addrs?services=${BigInt(`0x${network.services}`)}`);
  const ask = async (signal: AbortSignal): Promise<InputAnswer> => {
    if (url === null) return { addresses: [], problem: "is no host name" };
    const { octets: maxOctets, timeoutMs } = ADDRS_LIMITS;
    try {
      const { status, body } = await httpGet(url, { timeoutMs, maxOctets, accept: "text/plain", signal, ...(dialName && { dialName }) });
      if (status !== 200) return { addresses: [], problem: `HTTP ${status}` };
      const addresses = parseAddrs(new TextDecoder().decode(body));
      return addresses.length > 0 ? { addresses } : { addresses, problem: "no addresses" };
    } catch (error) {
      if (error instanceof HttpError || error instanceof AddrsError) return { addresses: [], problem: error.message };
      throw error;
    }
  };
  return { kind: "https", name: host, how: "asked", ask };
}
