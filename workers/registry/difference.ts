/** What a push changes: pure arithmetic over what is held and what is said. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { FINGERPRINT_OCTETS, fingerprintInput, type Report, type ReportState } from "../../schema/report.ts";

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

/** Fingerprints by WebCrypto: in Workers several times as fast as `fingerprint`, which counts at 5,000 reports a push. */
export function printAll(reports: Iterable<Report>): Promise<Printed[]> {
  return Promise.all(
    Array.from(reports, async (report) => {
      const digest = await crypto.subtle.digest("SHA-256", fingerprintInput(report));
      return { report, print: bytesToHex(new Uint8Array(digest, 0, FINGERPRINT_OCTETS)) };
    }),
  );
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

/** What a push says, screened: reports to put in place, and addresses that are gone. Of no address both. */
export interface Said {
  readonly put: readonly Printed[];
  readonly gone: ReadonlySet<string>;
}

/**
 * From where the set stands to where it will. `held` is what is held of the addresses concerned: those of the changes,
 * or with `whole` all of the page, of which everything goes that is not put again.
 */
export function difference(standing: Standing, { put, gone }: Said, held: readonly Held[], whole: boolean): Difference {
  const sum = hexToBytes(standing.digest);
  const count = { good: standing.good, lapsed: standing.lapsed };
  const fold = (print: string, state: ReportState, by: 1 | -1): void => {
    const octets = hexToBytes(print);
    for (let i = 0; i < sum.length; i++) sum[i]! ^= octets[i]!;
    count[state] += by;
  };
  const before = new Map(held.map((each) => [each.address, each]));
  const said = new Set<string>();
  const changed: Printed[] = [];
  for (const printed of put) {
    const { address, state } = printed.report;
    said.add(address);
    const old = before.get(address);
    if (old?.print === printed.print) continue;
    if (old !== undefined) fold(old.print, old.state, -1);
    fold(printed.print, state, 1);
    changed.push(printed);
  }
  const remove: string[] = [];
  for (const { address, state, print } of held) {
    if (whole ? said.has(address) : !gone.has(address)) continue;
    fold(print, state, -1);
    remove.push(address);
  }
  return { digest: bytesToHex(sum), ...count, put: changed, remove };
}
