/** Names with ports and the hosts below them, and what exists only for their sake. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { seeded, spread, type TestPeer } from "../sampling/test-pool.ts";
import { answerQuery } from "./answer.ts";
import { TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import { APEX, contextOf, OVERLAY_PEERS, PEERS, queryOf, servedZone, type QuerySpec } from "./test-zone.ts";
import { takenLabels, treeOf } from "./tree.ts";
import type { ServedZone } from "./zone.ts";

const SERVICE = `_devnet._tcp.${APEX}`;
const CHILD = `peer.${APEX}`;

function ask(spec: QuerySpec, served: ServedZone = servedZone()) {
  return readMessage(answerQuery(queryOf(spec), contextOf(served, { random: seeded(5) })).message);
}

interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}
const services = (peers: readonly TestPeer[]): Srv[] =>
  ask({ name: SERVICE, type: TYPE.SRV }, servedZone(peers)).answers.map(({ data }) => data as Srv);

const hostOf = (hex: string): string => `${hex}.${CHILD.slice(0, -1)}`;

describe("SRV", () => {
  it("has peers of both IP families on whatever port, and nobody else", () => {
    const peers = [{ text: "1.2.0.1:28333" }, { text: "3.4.0.1:444" }, { text: "[2a01:1::5]:9" }, ...OVERLAY_PEERS];
    const found = services(peers).sort((a, b) => a.port - b.port);
    expect(found).toEqual([
      { priority: 0, weight: 1, port: 9, target: hostOf("2a010001000000000000000000000005") },
      { priority: 0, weight: 1, port: 444, target: hostOf("03040001") },
      { priority: 0, weight: 1, port: 28_333, target: hostOf("01020001") },
    ]);
  });

  it("is a sample of the zone's size, drawn anew for each query", () => {
    const context = contextOf();
    const samples = Array.from({ length: 4 }, () => {
      const { answers } = readMessage(answerQuery(queryOf({ name: SERVICE, type: TYPE.SRV }), context).message);
      expect(answers).toHaveLength(25);
      return answers
        .map(({ data }) => (data as Srv).target)
        .sort()
        .join();
    });
    expect(new Set(samples).size).toBe(4);
  });

  it("is cut to what one UDP message holds", () => {
    for (const edns of [undefined, { payload: 1_232 }]) {
      const { message } = answerQuery(queryOf({ name: SERVICE, type: TYPE.SRV, edns }), contextOf(servedZone(), { transport: "udp" }));
      const reply = readMessage(message);
      expect(message.length).toBeLessThanOrEqual(edns?.payload ?? 512);
      expect(reply.flags).not.toContain("tc");
      expect(reply.answers.length).toBeGreaterThanOrEqual(edns === undefined ? 5 : 14);
    }
  });

  it("stands at its own name only", () => {
    for (const name of [APEX, `x9.${APEX}`, `_peers.${APEX}`, `_tcp.${APEX}`]) {
      expect(ask({ name, type: TYPE.SRV })).toMatchObject({ rcode: RCODE.NOERROR, answers: [] });
    }
    expect(ask({ name: SERVICE, type: TYPE.A })).toMatchObject({ rcode: RCODE.NOERROR, answers: [] });
  });
});

describe("hosts", () => {
  it("have the address that their name says, and no other", () => {
    for (const { target } of services(PEERS)) {
      const [hex = ""] = target.split(".");
      const [type, other] = hex.length === 8 ? [TYPE.A, TYPE.AAAA] : [TYPE.AAAA, TYPE.A];
      const { answers } = ask({ name: `${target}.`, type });
      expect(answers).toHaveLength(1);
      const text = hex.length === 8 ? hex.replace(/../g, (pair) => `${Number.parseInt(pair, 16)}.`).slice(0, -1) : undefined;
      if (text !== undefined) expect(answers[0]?.data).toBe(text);
      expect(ask({ name: `${target}.`, type: other })).toMatchObject({ rcode: RCODE.NOERROR, answers: [] });
    }
  });

  it("are of servable peers only: any other address is NXDOMAIN", () => {
    const served = servedZone(spread(5));
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{8}$|^[0-9a-f]{32}$/), (hex) => {
        expect(ask({ name: `${hex}.${CHILD}` }, served).rcode).toBe(RCODE.NXDOMAIN);
      }),
    );
  });

  it.each(["0102000", "010200011", "x", "*", "01020001.01020001", "01020001\\.peer"])("%s.peer does not exist", (label) => {
    expect(ask({ name: `${label}.${CHILD}` }, servedZone([{ text: "1.2.0.1:28333" }])).rcode).toBe(RCODE.NXDOMAIN);
  });

  it("are found whatever the case of the digits", () => {
    const served = servedZone([{ text: "[2a01:abcd::5]:1" }]);
    expect(ask({ name: `2A01ABCD000000000000000000000005.${CHILD}`, type: TYPE.AAAA }, served).answers).toHaveLength(1);
  });
});

const soaOwner = (spec: QuerySpec) => ask(spec).authorities.map(({ name }) => `${name}.`);

describe("the child zone", () => {
  it("has an SOA and the same name servers, and speaks for itself", () => {
    expect(ask({ name: CHILD, type: TYPE.SOA }).answers).toHaveLength(1);
    expect(ask({ name: CHILD, type: TYPE.NS }).answers.map(({ data }) => data)).toEqual(["ns1.example.org", "ns2.example.net"]);
    expect(soaOwner({ name: CHILD })).toEqual([CHILD]);
    expect(soaOwner({ name: `nope.${CHILD}` })).toEqual([CHILD]);
    expect(soaOwner({ name: `nope.${APEX}` })).toEqual([APEX]);
    for (const label of ["a\\\\", "\\092", "\\.\\\\", "a\\.\\\\\\\\"]) expect(soaOwner({ name: `${label}.${CHILD}` })).toEqual([CHILD]);
    for (const label of ["a\\", "a\\\\\\"]) expect(soaOwner({ name: `${label}.${CHILD}` })).toEqual([APEX]);
  });

  it("is delegated without a DS, which its parent says (RFC 4035 §3.1.4.1)", () => {
    expect(ask({ name: CHILD, type: TYPE.DS })).toMatchObject({ rcode: RCODE.NOERROR, answers: [] });
    expect(soaOwner({ name: CHILD, type: TYPE.DS })).toEqual([APEX]);
  });
});

describe("names", () => {
  it("Z2: an empty non-terminal exists and has nothing, not even HINFO", () => {
    for (const type of [TYPE.A, TYPE.ANY, TYPE.HINFO, TYPE.SRV]) {
      expect(ask({ name: `_tcp.${APEX}`, type })).toMatchObject({ rcode: RCODE.NOERROR, answers: [] });
    }
  });

  it("have the HINFO of ANY wherever they have anything", () => {
    const { zone, network } = servedZone();
    for (const [name, { kind }] of treeOf(zone, network).nodes) {
      const expected = kind === "empty" ? [] : [{ cpu: "RFC8482", os: "" }];
      for (const type of [TYPE.ANY, TYPE.HINFO]) expect(ask({ name, type }).answers.map(({ data }) => data)).toEqual(expected);
    }
  });

  it("directly below the apex are taken", () => {
    expect(takenLabels(servedZone().network)).toEqual(expect.arrayContaining(["peer", "_tcp", "_peers", "x9"]));
  });
});
