/** Looks through a push before anything of it reaches the database: what cannot be a peer of this network is left out. */
import { AddressError, formatAddress, parseAddress } from "../../schema/address.ts";
import type { Change, PushReply, Refusal } from "../../schema/api.ts";
import type { Network } from "../../schema/network.ts";
import { isRoutable } from "../../schema/routable.ts";
import type { Report } from "../../schema/report.ts";

/** The accepted part of a push, by address, and what was left out of it and why. */
export interface Screened {
  readonly put: ReadonlyMap<string, Report>;
  readonly gone: ReadonlySet<string>;
  readonly refused: PushReply["refused"];
}

/** Sorts changes into reports to put in place, addresses that are gone, and refusals. Of a repeated address the first counts. */
export function screen(changes: readonly Change[], network: Network): Screened {
  const put = new Map<string, Report>();
  const gone = new Set<string>();
  const refused: { address: string; refusal: Refusal }[] = [];
  for (const change of changes) {
    const { address } = change;
    const refusal = put.has(address) || gone.has(address) ? "address-duplicate" : refusalOf(address, network);
    if (refusal !== undefined) refused.push({ address, refusal });
    else if (change.state === "gone") gone.add(address);
    else put.set(address, change);
  }
  return { put, gone, refused };
}

/** Why this text names no peer of the network, or undefined where it does. */
export function refusalOf(text: string, network: Network): Exclude<Refusal, "address-duplicate"> | undefined {
  try {
    const address = parseAddress(text);
    if (formatAddress(address) !== text) return "address-not-canonical";
    return isRoutable(address, network.scope) ? undefined : "address-not-routable";
  } catch (error) {
    if (error instanceof AddressError) return "address-malformed";
    throw error;
  }
}
