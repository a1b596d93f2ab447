import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseName } from "./name.ts";
import { soaData, soaMinimum, srvData, textData } from "./rdata.ts";
import { packetData } from "./test-master-file.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const name = fc.array(fc.stringMatching(/^[a-z0-9_-]{1,63}$/), { maxLength: 3 }).map((labels) => `${labels.join(".")}.`);
const text = fc.stringMatching(/^[ -~]{0,255}$/);
const root = { name: "." } as const;

describe("soaData", () => {
  const soa = fc.record({ mname: name, rname: name, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 });

  it("is what dns-packet writes", () => {
    fc.assert(
      fc.property(soa, (data) => {
        const made = soaData({ ...data, mname: parseName(data.mname), rname: parseName(data.rname) });
        expect(made).toEqual(packetData({ ...root, type: "SOA", data }));
      }),
    );
  });

  it("has its MINIMUM read back, wherever it stands in a buffer", () => {
    fc.assert(
      fc.property(soa, fc.nat(9), ({ mname, rname, ...times }, before) => {
        const made = soaData({ mname: parseName(mname), rname: parseName(rname), ...times });
        const within = new Uint8Array(before + made.length + 4).fill(0xee);
        within.set(made, before);
        expect(soaMinimum(within.subarray(before, before + made.length))).toBe(times.minimum);
      }),
    );
  });
});

describe("textData", () => {
  it("is what dns-packet writes for TXT", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (data) => {
        expect(textData(...data)).toEqual(packetData({ ...root, type: "TXT", data }));
      }),
    );
  });

  it("is what dns-packet writes for HINFO", () => {
    fc.assert(
      fc.property(text, text, (cpu, os) => {
        expect(textData(cpu, os)).toEqual(packetData({ ...root, type: "HINFO", data: { cpu, os } }));
      }),
    );
  });
});

describe("srvData", () => {
  it("is what dns-packet writes", () => {
    fc.assert(
      fc.property(u16, u16, u16, name, (priority, weight, port, target) => {
        const made = srvData({ priority, weight, port, target: parseName(target) });
        expect(made).toEqual(packetData({ ...root, type: "SRV", data: { priority, weight, port, target } }));
      }),
    );
  });
});
