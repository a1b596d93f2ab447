import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldDigest, EMPTY_DIGEST, type Report } from "../../schema/report.ts";
import {
  diffReports,
  digestAfter,
  draftDelta,
  draftFullPage,
  effectOf,
  FULL_PAGE_LIMITS,
  isNews,
  limitReports,
  takePage,
} from "./delta.ts";
import { sampleReport } from "./registry-model.ts";

const byAddress = (...reports: Report[]): Map<string, Report> => new Map(reports.map((report) => [report.address, report]));
const digestOf = (reports: ReadonlyMap<string, Report>): string => foldDigest(EMPTY_DIGEST, [], reports.values());
const address = fc.integer({ min: 1, max: 40 }).map((n) => `1.2.3.${n}:8333`);
const report = fc
  .record({ address, state: fc.constantFrom("good", "lapsed"), version: fc.nat(3), height: fc.nat(9) })
  .map(({ address: at, ...rest }) => sampleReport(at, rest as Partial<Report>));
const reportSet = fc.array(report).map((list) => byAddress(...list));

/** Applies a draft as the contract says, by a way of its own. */
function apply(draft: Pick<ReturnType<typeof draftDelta>, "changes" | "full">, reported: ReadonlyMap<string, Report>): Map<string, Report> {
  const { removed, added } = effectOf(draft, reported);
  const next = new Map(reported);
  for (const { address: at } of removed) next.delete(at);
  for (const each of added) next.set(each.address, each);
  return next;
}

describe("isNews", () => {
  const before = sampleReport("1.2.3.4:8333");
  it("ignores what changes at every probe", () => {
    expect(isNews(before, { ...before, height: 101, seen: before.seen + 600, reliability: [0, 0, 0, 0, 0], uptime: 7 })).toBe(false);
  });
  it("ignores that coordinates moved, and that AS and country are no longer known", () => {
    const placed = { ...before, asn: 15_169, country: "US", coordinates: "+37.4-122.1" };
    expect(isNews(placed, { ...placed, coordinates: "+37.5-122.1" })).toBe(false);
    expect(isNews(placed, before)).toBe(false);
    expect(isNews(placed, { ...placed, asn: 13_335 })).toBe(true);
    expect(isNews(placed, { ...placed, country: "CA" })).toBe(true);
  });
  it.each([
    { state: "lapsed" },
    { reason: "refused" },
    { services: "1" },
    { version: 1 },
    { agent: "/x/" },
    { since: 5 },
    { asn: 15_169 },
    { country: "US" },
  ] as Partial<Report>[])("tells %o", (change) => {
    expect(isNews(before, { ...before, ...change })).toBe(true);
  });
});

describe("diffReports", () => {
  it("names what is new, changed and gone, sorted by address", () => {
    const same = sampleReport("1.1.1.1:1");
    const changes = diffReports(
      byAddress(sampleReport("9.9.9.9:1"), same, sampleReport("5.5.5.5:1", { state: "lapsed" })),
      byAddress(same, sampleReport("5.5.5.5:1"), sampleReport("7.7.7.7:1")),
    );
    expect(changes.map((change) => [change.address, change.state])).toEqual([
      ["5.5.5.5:1", "lapsed"],
      ["7.7.7.7:1", "gone"],
      ["9.9.9.9:1", "good"],
    ]);
  });

  it("leads from any set to any other, with the digest foretold", () => {
    fc.assert(
      fc.property(reportSet, reportSet, fc.integer({ min: 1, max: 10 }), (wanted, start, changes) => {
        let reported: ReadonlyMap<string, Report> = start;
        let position = { seq: 0, digest: digestOf(start) };
        while (diffReports(wanted, reported).length > 0) {
          const draft = draftDelta(position, diffReports(wanted, reported), reported, { ...FULL_PAGE_LIMITS, changes });
          expect(draft.seq).toBe(position.seq + 1);
          expect(draft.changes.length).toBeLessThanOrEqual(changes);
          reported = apply(draft, reported);
          expect(draft.digest).toBe(digestOf(reported));
          position = { seq: draft.seq, digest: draft.digest };
        }
        expect([...reported.keys()].sort()).toEqual([...wanted.keys()].sort());
        for (const each of wanted.values()) expect(isNews(reported.get(each.address)!, each)).toBe(false);
      }),
    );
  });
});

describe("draftFullPage", () => {
  it("replaces any set page by page, whatever was there", () => {
    fc.assert(
      fc.property(reportSet, reportSet, fc.integer({ min: 1, max: 10 }), (wanted, start, changes) => {
        let reported: ReadonlyMap<string, Report> = start;
        let position = { seq: 0, digest: digestOf(start) };
        let after: string | null = null;
        do {
          const draft = draftFullPage(position, after, wanted, reported, { ...FULL_PAGE_LIMITS, changes });
          reported = apply(draft, reported);
          expect(draft.digest).toBe(digestOf(reported));
          position = { seq: draft.seq, digest: draft.digest };
          after = draft.full!.upto;
        } while (after !== null);
        expect(digestOf(reported)).toBe(digestOf(wanted));
      }),
    );
  });
});

describe("effectOf", () => {
  it("leaves refused changes out", () => {
    const reported = byAddress(sampleReport("1.1.1.1:1"));
    const changes = [sampleReport("1.1.1.1:1", { version: 2 }), sampleReport("2.2.2.2:1")];
    expect(effectOf({ changes }, reported, new Set(["1.1.1.1:1"]))).toEqual({ removed: [], added: [changes[1]] });
    expect(digestAfter({ changes, base: digestOf(reported) }, reported, new Set(["1.1.1.1:1", "2.2.2.2:1"]))).toBe(digestOf(reported));
  });
});

describe("takePage", () => {
  const changes = Array.from({ length: 50 }, (_, i) => sampleReport(`1.2.3.${i}:1`));
  it("keeps to the number of changes", () => {
    expect(takePage(changes, { changes: 7, bodyBytes: 1e9 })).toEqual(changes.slice(0, 7));
  });
  it("keeps to the size of the body", () => {
    const page = takePage(changes, { changes: 5_000, bodyBytes: 4_000 });
    expect(page.length).toBeGreaterThan(1);
    expect(JSON.stringify(page).length).toBeLessThanOrEqual(4_000);
  });
  it("takes one change even where it is too large", () => {
    expect(takePage(changes, { changes: 5_000, bodyBytes: 1 })).toEqual(changes.slice(0, 1));
  });
});

describe("limitReports", () => {
  it("leaves the lapsed out first", () => {
    const kept = limitReports([sampleReport("1.1.1.1:1", { state: "lapsed" }), sampleReport("2.2.2.2:1"), sampleReport("3.3.3.3:1")], 2);
    expect([...kept.keys()]).toEqual(["2.2.2.2:1", "3.3.3.3:1"]);
  });
});
