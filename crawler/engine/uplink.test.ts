import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AddressFamily } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import { Uplink } from "./uplink.ts";

const PROBES = 3;

interface Outcome {
  readonly family: AddressFamily;
  readonly failure: ProbeFailure | undefined;
  readonly wasGood: boolean;
}

const outcomes: fc.Arbitrary<Outcome[]> = fc.array(
  fc.record({
    family: fc.constantFrom<AddressFamily>("ipv4", "ipv6", "onion", "i2p", "cjdns"),
    // Mostly silence: an outage is a run of it.
    failure: fc.constantFrom<ProbeFailure | undefined>("unreachable", "connect-timeout", "connect-timeout", "refused", undefined),
    wasGood: fc.boolean(),
  }),
  { maxLength: 80 },
);

function after(script: readonly Outcome[]): Uplink {
  const uplink = new Uplink(PROBES);
  for (const { family, failure, wasGood } of script) uplink.note(family, failure, wasGood);
  return uplink;
}

const isInternet = ({ family }: Outcome): boolean => family === "ipv4" || family === "ipv6";
const isOnion = ({ family }: Outcome): boolean => family === "onion";

describe("an outage", () => {
  it("of one way is found by what happens over that way alone", () => {
    fc.assert(
      fc.property(outcomes, (script) => {
        const { down } = after(script);
        expect(down.includes("internet")).toBe(after(script.filter(isInternet)).down.length > 0);
        expect(down.includes("onion")).toBe(after(script.filter(isOnion)).down.length > 0);
      }),
    );
  });

  it("needs so many silent retests of good peers, and one sign of life ends it", () => {
    fc.assert(
      fc.property(outcomes, fc.constantFrom<ProbeFailure | undefined>("refused", "malformed", "tls-failed", undefined), (script, sign) => {
        const silent = script.filter((each) => isOnion(each) && (each.failure === "unreachable" || each.failure === "connect-timeout"));
        const uplink = after(silent);
        const isDown = silent.filter(({ wasGood }) => wasGood).length >= PROBES;
        expect(uplink.down).toEqual(isDown ? ["onion"] : []);
        expect(uplink.excuses("onion", "unreachable")).toBe(isDown);
        expect(uplink.excuses("onion", "refused")).toBe(false);
        expect(uplink.excuses("ipv4", "unreachable")).toBe(false);
        uplink.note("onion", sign, false);
        expect(uplink.down).toEqual([]);
      }),
    );
  });
});
