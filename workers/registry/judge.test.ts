import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import { VERDICT_REASONS } from "../../schema/verdict.ts";
import { decide, judge, type Case, type Testimony } from "./judge.ts";

const NOW = 1_800_000_000;
const NETWORK = { scope: "public" as const, foreignPorts: [16125], minVersion: 70001, services: "9", minHeight: 800_000 };
const ZONE = { silence: 900, tenure: 3_600, quorum: 2 };
const STREAMS = new Map([
  ["a", { pushed: NOW }],
  ["b", { pushed: NOW - 900 }],
  ["c", { pushed: NOW - 10 }],
  ["silent", { pushed: NOW - 901 }],
]);

const say = (vantage: string, fields: Partial<Testimony> = {}): Testimony => ({
  vantage,
  state: "good",
  services: "409",
  version: 70016,
  agent: "/x/",
  height: 840_000,
  since: NOW - 3_600,
  seen: NOW - 60,
  asn: null,
  country: null,
  ...fields,
});

const about = (reports: readonly Testimony[], fields: Partial<Case> = {}): Case => ({
  address: parseAddress("8.8.8.8:8333"),
  reports,
  network: NETWORK,
  zone: ZONE,
  now: NOW,
  streams: STREAMS,
  ...fields,
});

describe("judge", () => {
  it.each<[(typeof VERDICT_REASONS)[number] | "servable", string, Case]>([
    ["servable", "two vantages agree", about([say("a"), say("b")])],
    ["not-routable", "a private address", about([say("a"), say("b")], { address: parseAddress("10.0.0.1:8333") })],
    ["foreign-port", "the port of another network", about([say("a"), say("b")], { address: parseAddress("8.8.8.8:16125") })],
    ["not-reported", "nobody", about([])],
    ["not-reported", "one who is silent", about([say("silent")])],
    ["not-reported", "one who is not enabled", about([say("stranger")])],
    ["lapsed", "all say so", about([say("a", { state: "lapsed" }), say("b", { state: "lapsed" })])],
    ["lapsed", "only a silent one says otherwise", about([say("a", { state: "lapsed" }), say("silent")])],
    ["version-too-old", "all good ones", about([say("a", { version: 70000 }), say("b", { version: 1 })])],
    ["services-missing", "all good ones", about([say("a", { services: "1" }), say("b", { services: "408" })])],
    ["height-stale", "all good ones", about([say("a", { height: 799_999 }), say("b", { height: 0 })])],
    ["tenure-too-short", "all good ones", about([say("a", { since: NOW - 3_599 }), say("b", { since: NOW + 60 })])],
    ["quorum-not-met", "only one", about([say("a")])],
    ["quorum-not-met", "the other one is silent", about([say("a"), say("silent")])],
    ["quorum-not-met", "the other one says lapsed", about([say("a"), say("b", { state: "lapsed" })])],
    ["quorum-not-met", "the other one has not seen it for long", about([say("a"), say("b", { since: NOW })])],
    ["quorum-not-met", "the other one saw an old version", about([say("a"), say("b", { version: 1 })])],
  ])("is %s where %s", (expected, _why, matter) => {
    expect(judge(matter)).toEqual(expected === "servable" ? { servable: true } : { servable: false, reason: expected });
  });

  it("gives the first reason of several", () => {
    const worst = { state: "lapsed", version: 1, services: "0", height: 0, since: NOW } as const;
    const fixes: Partial<Testimony>[] = [{ state: "good" }, { version: 70016 }, { services: "409" }, { height: 840_000 }, { since: 0 }];
    const fixed = (count: number) =>
      fixes.slice(0, count).reduce((fields, fix) => Object.assign(fields, fix), { ...worst } as Partial<Testimony>);
    const found = fixes.map((_, i) => judge(about([say("a", fixed(i))])));
    expect(found.map((verdict) => (verdict.servable ? "servable" : verdict.reason))).toEqual(VERDICT_REASONS.slice(3, 8));
  });
});

/** Whose evidence is shown, and where it says the peer is. */
const shown = (reports: readonly Testimony[]) => {
  const { evidence } = decide(about(reports));
  return [evidence?.vantage, evidence?.asn, evidence?.country];
};

const testimony = fc.record({
  vantage: fc.constantFrom("a", "b", "c", "silent", "stranger"),
  state: fc.constantFrom("good" as const, "lapsed" as const),
  services: fc.constantFrom("409", "1"),
  version: fc.constantFrom(70016, 1),
  agent: fc.constantFrom("/x/", "/y/"),
  height: fc.constantFrom(840_000, 1),
  since: fc.integer({ min: NOW - 7_200, max: NOW }),
  seen: fc.integer({ min: NOW - 100, max: NOW }),
  asn: fc.constantFrom(null, 15_169, 13_335),
  country: fc.constantFrom(null, "DE", "FR"),
});
const testimonies = fc.uniqueArray(testimony, { selector: ({ vantage }) => vantage });

describe("decide", () => {
  it("does not depend on the order of reports", () => {
    fc.assert(
      fc.property(testimonies, fc.integer({ min: 1, max: 3 }), (reports, quorum) => {
        const zone = { ...ZONE, quorum };
        expect(decide(about(reports.toReversed(), { zone }))).toEqual(decide(about(reports, { zone })));
      }),
    );
  });

  it("serves only what a quorum of counting vantages has seen good for the tenure, and shows such evidence", () => {
    fc.assert(
      fc.property(testimonies, fc.integer({ min: 1, max: 3 }), (reports, quorum) => {
        const meets = (r: Testimony) =>
          ["a", "b", "c"].includes(r.vantage) &&
          r.state === "good" &&
          r.version === 70016 &&
          r.services === "409" &&
          r.height === 840_000 &&
          NOW - r.since >= ZONE.tenure;
        const { verdict, evidence } = decide(about(reports, { zone: { ...ZONE, quorum } }));
        expect(verdict.servable).toBe(reports.filter(meets).length >= quorum);
        expect(evidence !== undefined && meets(evidence)).toBe(verdict.servable);
      }),
    );
  });

  it("takes AS and country from the evidence shown, and what that lacks from the latest good report that has it", () => {
    const at = (seconds: number, where: Pick<Testimony, "asn" | "country">, vantage: string) =>
      say(vantage, { ...where, seen: NOW - seconds });
    const [nowhere, google, cloudflare] = [
      { asn: null, country: null },
      { asn: 15_169, country: "US" },
      { asn: 13_335, country: "AU" },
    ];
    expect(shown([at(2, google, "a"), at(1, cloudflare, "b")])).toEqual(["b", 13_335, "AU"]);
    expect(shown([at(1, google, "a"), at(2, cloudflare, "b")])).toEqual(["a", 15_169, "US"]);
    expect(shown([at(1, nowhere, "a"), at(3, google, "b"), at(2, cloudflare, "c")])).toEqual(["a", 13_335, "AU"]);
    expect(shown([at(1, { asn: null, country: "DE" }, "a"), at(2, google, "b")])).toEqual(["a", 15_169, "DE"]);
    expect(shown([at(1, nowhere, "a"), at(2, nowhere, "b")])).toEqual(["a", null, null]);
    expect(shown([at(2, nowhere, "a"), at(3, nowhere, "b"), say("c", { ...google, state: "lapsed" })])).toEqual(["a", null, null]);
  });

  it("never makes a peer better by a lapsed report, a silent or a strange vantage", () => {
    fc.assert(
      fc.property(testimonies, testimony, (reports, more) => {
        fc.pre(more.state === "lapsed" || ["silent", "stranger"].includes(more.vantage));
        fc.pre(!reports.some(({ vantage }) => vantage === more.vantage));
        expect(judge(about([...reports, more])).servable).toBe(judge(about(reports)).servable);
      }),
    );
  });

  it("knows the second at which a peer comes of age", () => {
    fc.assert(
      fc.property(testimonies, fc.integer({ min: 1, max: 3 }), (reports, quorum) => {
        const zone = { ...ZONE, quorum, silence: 1_000_000 };
        const { matures } = decide(about(reports, { zone }));
        fc.pre(matures !== undefined);
        expect(judge(about(reports, { zone, now: matures })).servable).toBe(true);
        expect(judge(about(reports, { zone, now: matures - 1 })).servable).toBe(false);
      }),
    );
  });
});
