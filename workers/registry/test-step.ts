/** For the tests of pushing: what a vantage reads back, and whether it is in step. */
import * as v from "valibot";
import { expect } from "vitest";
import { PushReplySchema, ReportedPageSchema, type PushReply, type ReportedPage } from "../../schema/api.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../../schema/report.ts";
import type { TestVantage } from "./test-registry.ts";

/** The reply to an accepted push. */
export const reply = async (response: Response): Promise<PushReply> => {
  expect(response.status).toBe(200);
  return v.parse(PushReplySchema, await response.json());
};

/** The whole reported set as the registry holds it. */
export async function readBack(vantage: TestVantage): Promise<ReportedPage & { pages: number }> {
  const reports: Report[] = [];
  let after = "";
  for (let pages = 1; ; pages++) {
    const response = await vantage.registry.signed(vantage.key, "GET", `${vantage.path}${after}`);
    expect(response.status).toBe(200);
    const page = v.parse(ReportedPageSchema, await response.json());
    reports.push(...page.reports);
    if (page.next === null) return { ...page, reports, pages };
    after = `?after=${encodeURIComponent(page.next)}`;
  }
}

/** What is held is what the vantage says, and the digest is of that. */
export async function expectInStep(vantage: TestVantage): Promise<void> {
  const { seq, digest, reports } = await readBack(vantage);
  expect(reports).toEqual([...vantage.reported.values()].sort((a, b) => (a.address < b.address ? -1 : 1)));
  expect({ seq, digest }).toEqual({ seq: vantage.seq, digest: vantage.digest });
  expect(digest).toBe(foldDigest(EMPTY_DIGEST, [], reports));
}
