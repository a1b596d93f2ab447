/** For every rule a server that breaks it, and nothing but a few with it: each must be caught. A rule that nothing breaks fails the suite. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APEX } from "../workers/dns/test-zone.ts";
import { DNS_BREAKAGES } from "../test/support/conformance/dns-breakages.ts";
import { HTTP_BREAKAGES } from "../test/support/conformance/http-breakages.ts";
import { startTestServer, type TestServer } from "../test/support/conformance/server.ts";
import { checkConformance } from "./conformance.ts";
import { RULES } from "./rules/rules.ts";
import { runRules } from "./run.ts";
import { Subject } from "./subject.ts";
import { DEFAULT_TIMEOUT_MS, type Transport } from "./transport.ts";
import type { Verdict } from "./verdict.ts";

let server: TestServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(() => server.close());

const BREAKAGES = [...HTTP_BREAKAGES, ...DNS_BREAKAGES];
const signal = new AbortController().signal;

async function verdictOn(id: string): Promise<Verdict> {
  const { results } = await checkConformance({
    url: server.url,
    zone: APEX,
    http: "1.1",
    only: [id],
    timeoutMs: DEFAULT_TIMEOUT_MS,
    signal,
  });
  return results[0]!.verdict;
}

/** Rules about the URL and its TLS, which no answer can break. */
const BY_URL = new Set(["H16a", "H16b", "H16c"]);

describe("a server that breaks a rule", () => {
  it("is there for every rule", () => {
    expect(RULES.map(({ id }) => id).filter((id) => !BY_URL.has(id) && !BREAKAGES.some(([broken]) => broken === id))).toEqual([]);
  });

  it.each(BREAKAGES)("is caught by %s where %s", async (id, _, breakage) => {
    server.breakage = breakage;
    try {
      const verdict = await verdictOn(id);
      // Caught by the rule's own demand, not for having no answer at all.
      expect(verdict).not.toMatchObject({ expected: expect.stringMatching(/^(an answer|a DNS answer)$/) });
      expect(verdict).toMatchObject({
        state: "fail",
        seen: expect.stringMatching(/\S/),
        expected: expect.stringMatching(/\S/),
      });
    } finally {
      server.breakage = (__, good) => good;
    }
  });

  it.each([
    ["H16a", "http://seed.example/dns-query", "fail"],
    ["H16a", "http://[::1]/dns-query", "skipped"],
    ["H16a", "https://seed.example/dns-query", "pass"],
    ["H16b", "https://seed.example/dns-query", "fail"],
    ["H16b", "http://localhost/dns-query", "skipped"],
    ["H16c", "https://seed.example/dns-query", "pass"],
    ["H16c", "http://localhost/dns-query", "skipped"],
    ["H16c", "https://seed.example/dns-query", "fail", ["2"]],
  ] as const)(
    "is judged by %s where it is at %s with HTTP/1.1 alone: %s",
    async (id, url, state, mute: readonly ["2"] | readonly [] = []) => {
      const transport: Transport = { version: "1.1", exchange: () => Promise.reject(new Error("nobody asks")), close: () => {} };
      const subject = new Subject({
        channel: { kind: "http", url: new URL(url), offers: ["1.1"], mute, transport },
        zone: APEX,
        randomLabel: () => "x",
      });
      const results = await runRules({ rules: RULES.filter((rule) => rule.id === id), subjects: [subject], signal });
      expect(results).toMatchObject([{ verdict: { state } }]);
    },
  );
});
