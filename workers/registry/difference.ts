/** What a push changes: pure arithmetic over what is held and what is said. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { fingerprint, type Report, type ReportState } from "../../schema/report.ts";
import type { Screened } from "./screen.ts";

/** A report as it is held: enough to fold it out of the digest. */
export interface Held {
  readonly address: string;
  readonly state: ReportState;
  /** Its fingerprint, hex. */
  readonly print: string;
}

/** A report with its fingerprint, hex. */
export interface Printed {
  readonly report: Report;
  readonly print: string;
}

export interface Standing {
  readonly digest: string;
  readonly good: number;
  readonly lapsed: number;
}

export interface Difference extends Standing {
  /** New and changed reports; unchanged ones are left alone. */
  readonly put: readonly Printed[];
  /** Held addresses to delete. */
  readonly remove: readonly string[];
}

/**
 * From where the set stands to where it will. `held` is what is held of the addresses concerned: those of the changes,
 * or with `whole` all of the page, of which everything goes that is not put again.
 */
export function difference(
  standing: Standing,
  { put, gone }: Pick<Screened, "put" | "gone">,
  held: readonly Held[],
  whole: boolean,
): Difference {
  const sum = hexToBytes(standing.digest);
  const count = { good: standing.good, lapsed: standing.lapsed };
  const fold = (print: Uint8Array, state: ReportState, by: 1 | -1): void => {
    for (let i = 0; i < sum.length; i++) sum[i]! ^= print[i]!;
    count[state] += by;
  };
  const before = new Map(held.map((each) => [each.address, each]));
  const changed: Printed[] = [];
  for (const report of put.values()) {
    const bytes = fingerprint(report);
    const print = bytesToHex(bytes);
    const old = before.get(report.address);
    if (old?.print === print) continue;
    if (old !== undefined) fold(hexToBytes(old.print), old.state, -1);
    fold(bytes, report.state, 1);
    changed.push({ report, print });
  }
  const remove: string[] = [];
  for (const { address, state, print } of held) {
    if (whole ? put.has(address) : !gone.has(address)) continue;
    fold(hexToBytes(print), state, -1);
    remove.push(address);
  }
  return { digest: bytesToHex(sum), ...count, put: changed, remove };
}
