/** What stands in a zone and what does not: rules Z1 to Z13 of the conformance checklist. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { seeded, spread, type TestPeer } from "../sampling/test-pool.ts";
import { answerQuery } from "./answer.ts";
import { TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import { APEX, contextOf, PEERS, queryOf, servedZone, ZONE, type QuerySpec } from "./test-zone.ts";
import { STALE_TTL, warmZone, type ServedZone } from "./zone.ts";

function ask(spec: QuerySpec = {}, served: ServedZone = servedZone(), seed = 1) {
  const { message, lifetime } = answerQuery(queryOf(spec), contextOf(served, { random: seeded(seed) }));
  return { ...readMessage(message), lifetime };
}

const SOA_NOW = {
  mname: "ns1.example.org",
  rname: "hostmaster.example.org",
  serial: 41,
  refresh: 3_600,
  retry: 600,
  expire: 86_400,
  minimum: 60,
};
/** The addresses of some records, sorted: a sample has no order. */
const sorted = (records: readonly { readonly data: unknown }[]): string[] =>
  records.map(({ data }) => String(data)).sort((a, b) => (a < b ? -1 : 1));

const NEGATIVE = [{ name: APEX.slice(0, -1), type: "SOA", ttl: 60, data: SOA_NOW }];

describe("addresses", () => {
  it("are a sample of the zone's size, of peers in the pool", () => {
    const known = new Set(PEERS.map(({ text }) => text.slice(0, text.lastIndexOf(":")).replace(/[[\]]/g, "")));
    for (const [type, name] of [
      [TYPE.A, "A"],
      [TYPE.AAAA, "AAAA"],
    ] as const) {
      const { answers, authorities, lifetime } = ask({ type });
      expect(answers).toHaveLength(25);
      for (const record of answers) {
        expect(record).toMatchObject({ type: name, ttl: 60 });
        expect(known).toContain(record.data);
      }
      expect([authorities, lifetime]).toEqual([[], 60]);
    }
  });

  it("are drawn anew for each query", () => {
    const served = servedZone();
    const context = contextOf(served);
    const sets = Array.from({ length: 4 }, () => sorted(readMessage(answerQuery(queryOf(), context).message).answers).join());
    expect(new Set(sets).size).toBe(4);
  });

  it("are only of peers on the network's port", () => {
    const served = servedZone([...spread(5), ...spread(40, 8_333)]);
    expect(ask({}, served).answers).toHaveLength(5);
    expect(sorted(ask({}, served).answers)).toEqual(sorted(spread(5).map(({ text }) => ({ data: text.split(":")[0] }))));
  });

  it("are never of overlay hosts", () => {
    const served = servedZone([{ text: `${"a".repeat(56)}.onion:28333` }, { text: "[fc00::1]:28333" }]);
    for (const type of [TYPE.A, TYPE.AAAA]) expect(ask({ type }, served).answers).toEqual([]);
  });
});

describe("service labels", () => {
  const peers: TestPeer[] = [
    { text: "1.1.0.1:28333", services: "1" },
    { text: "2.2.0.1:28333", services: "9" },
    { text: "3.3.0.1:28333", services: "40d" },
    { text: "4.4.0.1:28333", services: "800000000000000d" },
  ];
  const served = servedZone(peers);

  it.each([
    ["x1", ["1.1.0.1", "2.2.0.1", "3.3.0.1", "4.4.0.1"]],
    ["x9", ["2.2.0.1", "3.3.0.1", "4.4.0.1"]],
    ["xd", ["3.3.0.1", "4.4.0.1"]],
    ["XD", ["3.3.0.1", "4.4.0.1"]],
    ["X9", ["2.2.0.1", "3.3.0.1", "4.4.0.1"]],
    ["x409", ["3.3.0.1"]],
  ])("D8: %s has the peers with all its bits, in any case", (label, expected) => {
    const { rcode, answers } = ask({ name: `${label}.${APEX}` }, served);
    expect(rcode).toBe(RCODE.NOERROR);
    expect(sorted(answers)).toEqual(expected);
  });

  it.each([
    "x",
    "x0",
    "x01",
    "x09",
    "x2",
    "9",
    "xx9",
    "x9g",
    "x-9",
    "x 9".replace(" ", "\\032"),
    "x9.x9",
    "a.x9",
    "x9\\.x9",
    "_tcp.x9",
    "_devnet",
    "x._tcp",
    "_devnet\\._tcp",
    "x9._tcp",
    "_peer",
    "x_peers",
    "_peers.x9",
    "_peers._peers",
    "x2._peers",
    "x9\\._peers",
    "*",
    "nope",
  ])("Z2: %s does not exist: NXDOMAIN", (label) => {
    const { rcode, answers, authorities } = ask({ name: `${label}.${APEX}` }, served);
    expect([rcode, answers, authorities]).toEqual([RCODE.NXDOMAIN, [], NEGATIVE]);
  });

  it("Z2: NXDOMAIN is said of a name for every type, or for none", () => {
    const names = ["", "x9.", "x409.", "_peers.", "x9._peers."];
    const label = fc.constantFrom(...names, "x2.", "a.x9.", "a._peers.", "nope.");
    const type = fc.integer({ min: 1, max: 0xffff }).filter((each) => ![41, 128, 249, 250, 251, 252].includes(each));
    fc.assert(
      fc.property(label, type, (each, number) => {
        const expected = names.includes(each) ? RCODE.NOERROR : RCODE.NXDOMAIN;
        expect(ask({ name: `${each}${APEX}`, type: number }, served).rcode).toBe(expected);
      }),
    );
  });
});

describe("the apex", () => {
  it("Z1: has one SOA whose serial is the snapshot's number", () => {
    const { answers, lifetime, flags } = ask({ type: TYPE.SOA });
    expect(answers).toEqual(NEGATIVE);
    expect([lifetime, flags]).toEqual([60, ["qr", "aa"]]);
    expect(ask({ type: TYPE.SOA }, servedZone(PEERS, { serial: 2 ** 32 + 5 })).answers[0]?.data).toMatchObject({ serial: 5 });
  });

  it("Z1: has the configured name servers and no CNAME", () => {
    expect(ask({ type: TYPE.NS }).answers.map(({ type, data }) => [type, data])).toEqual(
      ZONE.nameservers.map((name) => ["NS", name.slice(0, -1)]),
    );
    expect(ask({ type: TYPE.CNAME }).answers).toEqual([]);
  });

  it("Z1: SOA and NS stand nowhere else", () => {
    for (const type of [TYPE.SOA, TYPE.NS]) {
      const { rcode, answers, authorities } = ask({ type, name: `x9.${APEX}` });
      expect([rcode, answers, authorities]).toEqual([RCODE.NOERROR, [], NEGATIVE]);
    }
  });
});

describe("what is not there", () => {
  it.each([60, 3_600])("Z3, H9: negative answers carry the SOA with TTL equal to MINIMUM, and live no longer (%i s)", (ttl) => {
    const served = servedZone(PEERS, { zone: { ...ZONE, ttl } });
    for (const spec of [{ name: `nope.${APEX}` }, { type: TYPE.MX }]) {
      const { authorities, lifetime } = ask(spec, served);
      expect(authorities).toMatchObject([{ type: "SOA", ttl, data: { minimum: ttl } }]);
      expect(lifetime).toBe(ttl);
    }
  });

  it.each(["", "x9."])("Z4: ANY at %sapex is one small record (RFC 8482)", (label) => {
    const { rcode, answers } = ask({ name: `${label}${APEX}`, type: TYPE.ANY });
    expect([rcode, answers.map(({ type, data }) => [type, data])]).toEqual([RCODE.NOERROR, [["HINFO", { cpu: "RFC8482", os: "" }]]]);
    expect(ask({ name: `no.${APEX}`, type: TYPE.ANY }).rcode).toBe(RCODE.NXDOMAIN);
  });

  it.each([TYPE.AXFR, TYPE.IXFR])("Z5: transfer (type %i) is REFUSED", (type) => {
    const { rcode, answers, opt } = ask({ type, edns: {} });
    expect([rcode, answers, opt?.options]).toEqual([RCODE.REFUSED, [], [[15, [0, 21]]]]);
  });

  it.each([65_280, 1_000, 3, 10, TYPE.TXT, TYPE.SRV, TYPE.HTTPS, TYPE.SVCB, TYPE.DNSKEY, TYPE.RRSIG, 65_535])(
    "Z6: type %i is NODATA",
    (type) => {
      const { rcode, answers, authorities, questions } = ask({ type });
      expect([rcode, answers, authorities]).toEqual([RCODE.NOERROR, [], NEGATIVE]);
      expect(questions).toHaveLength(1);
    },
  );

  it.each([0, TYPE.OPT, TYPE.NXNAME, TYPE.TKEY, TYPE.TSIG])("Z7: meta type %i is FORMERR with EDE 30", (type) => {
    const { rcode, answers, authorities, opt } = ask({ type, edns: {} });
    expect([rcode, answers, authorities, opt?.options]).toEqual([RCODE.FORMERR, [], [], [[15, [0, 30]]]]);
  });

  it("Z7: DS at the apex is NODATA from the child", () => {
    const { rcode, answers, authorities } = ask({ type: TYPE.DS });
    expect([rcode, answers, authorities]).toEqual([RCODE.NOERROR, [], NEGATIVE]);
  });

  it("Z8: a key tag query is an ordinary negative answer", () => {
    const { rcode, authorities } = ask({ name: `_ta-4f66.${APEX}`, type: 10 });
    expect([rcode, authorities]).toEqual([RCODE.NXDOMAIN, NEGATIVE]);
  });

  it("Z10: every step of a minimising resolver is answered", () => {
    // RFC 9156: A or NS for each ancestor inside the zone, then the name itself.
    expect(ask({ type: TYPE.NS }).rcode).toBe(RCODE.NOERROR);
    for (const type of [TYPE.NS, TYPE.A]) expect(ask({ name: `x9.${APEX}`, type }).rcode).toBe(RCODE.NOERROR);
  });

  it("Z11: no peer for a valid name is NODATA, not an error", () => {
    for (const served of [servedZone([]), servedZone(spread(3, 8_333))]) {
      for (const name of [APEX, `x9.${APEX}`]) {
        for (const type of [TYPE.A, TYPE.AAAA]) {
          const { rcode, answers, authorities } = ask({ name, type }, served);
          expect([rcode, answers, authorities]).toEqual([RCODE.NOERROR, [], NEGATIVE]);
        }
      }
    }
  });

  it.each(["_dns.resolver.arpa", "resolver.arpa"])("Z13: %s is REFUSED: this is no resolver", (name) => {
    expect(ask({ name, type: TYPE.SVCB }).rcode).toBe(RCODE.REFUSED);
  });
});

describe("freshness", () => {
  const stale = servedZone(PEERS, { freshness: "stale" });

  it.each([
    {},
    { type: TYPE.AAAA },
    { type: TYPE.NS },
    { type: TYPE.SOA },
    { type: TYPE.ANY },
    { type: TYPE.MX },
    { name: `nope.${APEX}` },
  ])("Z12: a stale snapshot goes on answering %j, with TTLs of 30 and EDE 3", (spec) => {
    const { answers, authorities, opt, lifetime, flags } = ask({ ...spec, edns: {} }, stale);
    for (const { ttl } of [...answers, ...authorities]) expect(ttl).toBe(STALE_TTL);
    for (const { type, data } of [...answers, ...authorities]) if (type === "SOA") expect(data).toMatchObject({ minimum: STALE_TTL });
    expect([opt?.options, lifetime]).toEqual([[[15, [0, 3]]], STALE_TTL]);
    expect(flags).toContain("aa");
  });

  it("Z12: EDE 3 is only for those who sent OPT", () => {
    expect(ask({}, stale).opt).toBeUndefined();
    expect(ask({ edns: {} }).opt?.options).toEqual([]);
  });

  it.each([
    servedZone(PEERS, { freshness: "expired" }),
    servedZone(PEERS, { freshness: "absent" }),
    servedZone(PEERS, { freshness: "fresh", pool: undefined }),
  ])("Z12: without a usable snapshot everything is SERVFAIL with EDE 14 (%#)", (served) => {
    for (const type of [TYPE.A, TYPE.SOA, TYPE.NS, TYPE.ANY, TYPE.MX]) {
      const { rcode, answers, authorities, opt, lifetime, flags } = ask({ type, edns: {} }, served);
      expect([rcode, answers, authorities, opt?.options, lifetime, flags]).toEqual([RCODE.SERVFAIL, [], [], [[15, [0, 14]]], 0, ["qr"]]);
    }
  });
});

it("warming a zone makes the views that questions at its apex use", () => {
  const served = servedZone();
  warmZone(served, served.pool!);
  const views = [...served.pool!.views.keys()].sort();
  expect(views).toHaveLength(2);
  for (const type of [TYPE.A, TYPE.AAAA]) ask({ type }, served);
  expect([...served.pool!.views.keys()].sort()).toEqual(views);
});
