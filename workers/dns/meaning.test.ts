/** What we mean by a reply is what another's codec reads in its octets, whatever was asked over whichever transport. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exchange, inquiries, SERVED } from "../../test/support/dns-exchange.ts";
import { readMeaning } from "../../test/support/dns-oracle-meaning.ts";
import { signedZones } from "../../test/support/signed-zones.ts";

describe.each([
  { kind: "an unsigned", zones: SERVED },
  { kind: "a signed", zones: await signedZones() },
])("a reply of $kind zone", ({ zones }) => {
  it("means to dns-packet what it means to us", () => {
    fc.assert(
      fc.property(inquiries(zones), (inquiry) => {
        fc.pre(inquiry.query.name?.includes("\\") !== true); // dns-packet writes such names without escapes
        const { message, meant } = exchange(inquiry, zones);
        expect(readMeaning(message)).toEqual(meant);
      }),
      { numRuns: 10_000 },
    );
  });
});
