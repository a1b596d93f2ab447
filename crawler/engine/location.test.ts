import * as v from "valibot";
import { expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { NOWHERE, type Location } from "../../schema/location.ts";
import { ReportSchema } from "../../schema/report.ts";
import { address, engine, evidence, NOW, reportsOf, round } from "./test-kit.ts";

const BERLIN: Location = { asn: 24_940, country: "DE", coordinates: "+52.5+013.4" };

it("reports say where a peer is, and it is looked up once, for reported peers only", () => {
  const asked: string[] = [];
  const one = engine({
    locate: (peer) => {
      asked.push(formatAddress(peer));
      return peer.host === address(1).host ? BERLIN : NOWHERE;
    },
  });
  one.seed(
    [1, 2, 3].map((n) => address(n)),
    NOW,
  );
  round(one, NOW, ({ address: { host } }) => host !== address(3).host);
  expect(asked).toEqual([]);
  for (let times = 0; times < 3; times++) {
    const [first, second] = reportsOf(one, NOW).sort((a, b) => (a.address < b.address ? -1 : 1));
    expect(v.parse(ReportSchema, first)).toMatchObject(BERLIN);
    expect(second).not.toHaveProperty("asn");
  }
  expect(asked.sort()).toEqual([1, 2].map((n) => formatAddress(address(n))));
});

it("reports say nothing of it without tables", () => {
  const one = engine();
  one.seed([address(1)], NOW);
  round(one, NOW);
  const [report] = reportsOf(one, NOW);
  for (const field of ["asn", "country", "coordinates", "uptime"]) expect(report).not.toHaveProperty(field);
});

it("reports say for how long the node has been up where it told", () => {
  const one = engine();
  one.seed([address(1)], NOW);
  const pick = one.next(NOW)!;
  one.verified(pick, evidence({ uptime: 86_400 }), NOW);
  one.release(pick, NOW);
  expect(v.parse(ReportSchema, reportsOf(one, NOW)[0])).toMatchObject({ uptime: 86_400 });
});
