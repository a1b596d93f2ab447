import { bytesToHex } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { fingerprint, fingerprintInput, ReportSchema, type Report } from "./report.ts";

/** As crawlers made them before reports told where a peer is. */
const OLD: Report = {
  address: "8.8.8.8:8333",
  state: "good",
  services: "409",
  version: 70_016,
  agent: "/Satoshi:27.0.0/",
  height: 840_000,
  since: 1_700_000_000,
  seen: 1_700_086_400,
  reliability: [900, 800, 700, 600, 500],
};

describe("a report", () => {
  it("of an older crawler is still one, with the fingerprint that it always had", () => {
    expect(v.parse(ReportSchema, OLD)).toEqual(OLD);
    const input = new TextDecoder().decode(fingerprintInput(OLD));
    expect(input).toBe('["8.8.8.8:8333","good",null,"409",70016,"/Satoshi:27.0.0/",840000,1700000000,1700086400,[900,800,700,600,500]]');
    expect(bytesToHex(fingerprint(OLD))).toBe("d4087e226b9393990cb7fc33274dd32e");
  });

  it("tells where the peer is and how long it has been up", () => {
    const told = { ...OLD, asn: 15_169, country: "US", coordinates: "+37.4-122.1", uptime: 86_400 };
    expect(v.parse(ReportSchema, told)).toEqual(told);
    expect(new TextDecoder().decode(fingerprintInput(told))).toMatch(/,\[900,800,700,600,500\],15169,"US","\+37\.4-122\.1",86400\]$/);
    expect(new TextDecoder().decode(fingerprintInput({ ...OLD, uptime: 1 }))).toMatch(/\],null,null,null,1\]$/);
  });

  it("has a canonical text of its own for every combination of what it tells", () => {
    const fields = fc.record(
      {
        asn: fc.constantFrom(1, 2),
        country: fc.constantFrom("DE", "FR"),
        coordinates: fc.constantFrom("+00.0+000.0", "+01.0+000.0"),
        uptime: fc.constantFrom(0, 1, 2),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const text = (told: typeof one) => new TextDecoder().decode(fingerprintInput({ ...OLD, ...told }));
        const same = (["asn", "country", "coordinates", "uptime"] as const).every((name) => one[name] === other[name]);
        expect(text(one) === text(other)).toBe(same);
      }),
    );
  });
});
