import { bytesToHex } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_DIGEST, fingerprint, foldDigest, type Report } from "../../schema/report.ts";
import { difference, printAll, type Held, type Standing } from "./difference.ts";
import { addresses, report } from "./test-registry.ts";

const POOL = addresses(6);
const anyReport = fc
  .record({
    address: fc.constantFrom(...POOL),
    state: fc.constantFrom("good" as const, "lapsed" as const),
    height: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ address, state, height }) => report(address, { state, height }));
const push = fc.record({
  put: fc.uniqueArray(anyReport, { selector: ({ address }) => address }),
  gone: fc.array(fc.constantFrom(...POOL)),
  whole: fc.boolean(),
});

const standingOf = (set: Iterable<Report>): Standing => {
  const reports = [...set];
  const good = reports.filter(({ state }) => state === "good").length;
  return { digest: foldDigest(EMPTY_DIGEST, [], reports), good, lapsed: reports.length - good };
};

describe("printAll", () => {
  it("gives the fingerprints of the contract", async () => {
    const reports = [report(POOL[0]!), report(POOL[1]!, { state: "lapsed", reason: "refused", agent: "/\u{1F30D}é/" })];
    expect(await printAll(reports)).toEqual(reports.map((each) => ({ report: each, print: bytesToHex(fingerprint(each)) })));
  });
});

describe("difference", () => {
  it("stands, after any pushes, where the set itself says, and writes only what differs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(push, { maxLength: 8 }), async (pushes) => {
        const set = new Map<string, Report>();
        let standing: Standing = { digest: EMPTY_DIGEST, good: 0, lapsed: 0 };
        for (const { put, gone: asked, whole } of pushes) {
          const gone = new Set(asked.filter((address) => !put.some((each) => each.address === address)));
          const concerned = whole ? [...set.keys()] : [...put.map(({ address }) => address), ...gone];
          const known = concerned.flatMap((address) => set.get(address) ?? []);
          const held: Held[] = known.map((each) => ({ address: each.address, state: each.state, print: bytesToHex(fingerprint(each)) }));
          const result = difference(standing, { put: await printAll(put), gone }, held, whole);
          for (const { report: each, print } of result.put) {
            const old = set.get(each.address);
            expect(old !== undefined && bytesToHex(fingerprint(old)) === print).toBe(false);
          }
          for (const address of result.remove) expect(set.delete(address)).toBe(true);
          for (const { report: each } of result.put) set.set(each.address, each);
          for (const each of put) expect(set.get(each.address)).toEqual(each);
          if (whole) expect(set.size).toBe(put.length);
          else for (const address of gone) expect(set.has(address)).toBe(false);
          standing = { digest: result.digest, good: result.good, lapsed: result.lapsed };
          expect(standing).toEqual(standingOf(set.values()));
        }
      }),
      { numRuns: 60 },
    );
  });
});
