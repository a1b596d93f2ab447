/** A good server keeps every rule, by HTTP/1.1, by HTTP/2, and in the clear. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APEX } from "../workers/dns/test-zone.ts";
import { checkConformance, rulesFor } from "./conformance.ts";
import { countsOf, jsonReport, textReport, type Report } from "./report.ts";
import { isHttpRule } from "./rule.ts";
import { RULES } from "./rules/rules.ts";
import { selfSigned, type Pair } from "../test/support/self-signed.ts";
import { startTestServer, type TestServer } from "../test/support/conformance/server.ts";
import { DEFAULT_TIMEOUT_MS } from "./transport.ts";
import { PASS, type Verdict } from "./verdict.ts";

let pair: Pair;
const servers: TestServer[] = [];

beforeAll(async () => void (pair = await selfSigned()));
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function reportOf(
  options: Parameters<typeof startTestServer>[0],
  http: "1.1" | "2" | "both" | "offered" = "offered",
): Promise<Report> {
  const server = await startTestServer(options);
  servers.push(server);
  const signal = new AbortController().signal;
  return checkConformance({ url: server.url, zone: APEX, http, ca: pair.cert, timeoutMs: DEFAULT_TIMEOUT_MS, signal });
}

const statesOf = ({ results }: Report) => Object.fromEntries(results.map(({ rule, verdict }) => [rule.id, verdict]));
const failuresOf = ({ results }: Report) =>
  results.filter(({ verdict }) => verdict.state === "fail").map(({ rule, verdict }) => [rule.id, verdict]);

/** What cannot be seen of the test zone, and why. */
const SKIPPED = new Set(["H6l", "H15b", "H19", "D10b", "Z1d", "Z9", "Z12", "Z13b", "E5c", "E6"]);

/** An RFC's sections, or a standard's part by name. RFC 2782 has no numbered sections. */
const SOURCE = /^(RFC 2782|RFC \d{4} §\d+(\.\d+)*( and §\d+(\.\d+)*)?|Fetch Standard \(\S.+\S\))$/;

describe("a good server", () => {
  it("keeps every rule over HTTP/2 and HTTP/1.1", async () => {
    const report = await reportOf({ tls: pair, http2: true });
    expect(failuresOf(report)).toEqual([]);
    expect(report.versions).toEqual(["2", "1.1"]);
    expect(Object.keys(statesOf(report))).toEqual(RULES.map(({ id }) => id));
    const skipped = report.results.filter(({ verdict }) => verdict.state === "skipped").map(({ rule }) => rule.id);
    expect(skipped.filter((id) => !SKIPPED.has(id))).toEqual([]);
  });

  it("keeps every rule but the one about HTTP/2 where it has HTTP/1.1 alone", async () => {
    const report = await reportOf({ tls: pair });
    expect(report.versions).toEqual(["1.1"]);
    expect(failuresOf(report).map(([id]) => id)).toEqual(["H16b"]);
  });

  it("keeps every rule in the clear on loopback, where nothing asks for TLS", async () => {
    const report = await reportOf({});
    expect(failuresOf(report)).toEqual([]);
    expect(statesOf(report)).toMatchObject({ H16a: { state: "skipped" }, H16b: { state: "skipped" } });
  });

  it("keeps every rule over HTTP/2 in the clear, by prior knowledge", async () => {
    const report = await reportOf({ http2: true }, "2");
    expect(report.versions).toEqual(["2"]);
    expect(failuresOf(report)).toEqual([]);
  });
});

describe("the rules", () => {
  it("have ids of their own, in order, and whole sentences about them", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(RULES.map(({ id }) => id.replace(/[a-z]$/, "")).filter((id, i, all) => id !== all[i - 1])).toEqual(
      ["H 19", "D 11", "Z 13", "E 14"].flatMap((area) => Array.from({ length: Number(area.slice(2)) }, (_, i) => `${area[0]}${i + 1}`)),
    );
    for (const { title } of RULES) expect(title).toMatch(/^\S.{8,90}\S$/);
  });

  it("say in which section their demand is", () => {
    for (const { id, source } of RULES)
      for (const part of source.split(", ")) expect([id, part]).toEqual([id, expect.stringMatching(SOURCE)]);
  });

  it("are found by id, alone or with all their parts", () => {
    expect(rulesFor("h5A").map(({ id }) => id)).toEqual(["H5a"]);
    expect(rulesFor("H5").map(({ id }) => id)).toEqual(["H5a", "H5b", "H5c"]);
    expect(rulesFor("H1").map(({ id }) => id)).toEqual(["H1a", "H1b"]);
    expect(rulesFor("E").map(({ id }) => id)).toEqual(RULES.map(({ id }) => id).filter((id) => id.startsWith("E")));
    expect(rulesFor("X1")).toEqual([]);
    expect(rulesFor("")).toEqual([]);
  });
});

describe("a report", () => {
  it("counts, and says what is skipped why", async () => {
    const report = await reportOf({});
    const { passed, skipped, failed } = countsOf(report.results);
    expect(passed + skipped).toBe(RULES.length);
    expect(failed).toEqual({ MUST: 0, SHOULD: 0, MAY: 0 });
    const text = textReport(report);
    expect(text.at(-1)).toBe(`${RULES.length} rules: ${passed} passed, 0 failed, ${skipped} skipped. Conforms: no MUST is broken.`);
    expect(text.filter((line) => /^ {2}skip /.test(line)).every((line) => line.endsWith(")"))).toBe(true);
    expect(jsonReport(report)).toMatchObject({ zone: APEX, http: ["1.1"], conforms: true, rules: { length: RULES.length } });
  });

  it("says in one line why a whole area is skipped", () => {
    const noHttp: Verdict = { state: "skipped", reason: "no HTTP here" };
    const results = RULES.map((rule) => ({ rule, verdict: isHttpRule(rule) ? noHttp : PASS }));
    const text = textReport({ url: "dns://127.0.0.1", zone: APEX, versions: [], results });
    expect(text.filter((line) => line.includes("skip  "))).toEqual([
      `  skip  all ${results.filter(({ rule }) => isHttpRule(rule)).length} rules  (no HTTP here)`,
    ]);
  });
});
