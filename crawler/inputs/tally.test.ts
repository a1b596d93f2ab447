import { describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { address, NOW } from "../engine/test-kit.ts";
import type { InputName } from "./input.ts";
import { describeCount, describeNews, InputTally, MAX_COUNTED } from "./tally.ts";

const A: InputName = { kind: "dns", name: "a.example" };
const B: InputName = { kind: "https", name: "b.example" };
const never = (): boolean => false;

describe("InputTally", () => {
  it("counts what each input named, what of it was new, and what became of it", () => {
    const tally = new InputTally([A, B]);
    expect(tally.counts.map(describeCount)).toEqual(["DNS seed a.example: not asked", "HTTPS seed b.example: not asked"]);
    const [one, two, three] = [address(1), address(2), address(3)];
    expect(tally.note(A, { addresses: [one, two] }, 2, never, NOW + 0.5)).toEqual({ ...A, addresses: 2, fresh: 2 });
    tally.note(A, { addresses: [two, three], problem: "late" }, 1, never, NOW + 60);
    tally.note(B, { addresses: [two] }, 0, never, NOW);
    tally.verified(formatAddress(two));
    tally.verified(formatAddress(two));
    tally.verified(formatAddress(address(9)));
    expect(tally.counts).toEqual([
      { ...A, answers: 2, answered: NOW + 60, addresses: 3, fresh: 3, verified: 1, problem: "late" },
      { ...B, answers: 1, answered: NOW, addresses: 1, fresh: 0, verified: 1 },
    ]);
    expect(tally.counts.map(describeCount)).toEqual([
      "DNS seed a.example: 3 addresses, 3 new, 1 verified (late)",
      "HTTPS seed b.example: 1 address, 0 new, 1 verified",
    ]);
  });

  it("counts at once what was verified before the input named it", () => {
    const tally = new InputTally([A]);
    tally.note(A, { addresses: [address(1), address(2)] }, 0, ({ host }) => host === address(1).host, NOW);
    expect(tally.counts).toMatchObject([{ verified: 1 }]);
    tally.verified(formatAddress(address(1)));
    expect(tally.counts).toMatchObject([{ verified: 1 }]);
  });

  it("remembers so many addresses at most", () => {
    const tally = new InputTally([A]);
    tally.note(A, { addresses: Array.from({ length: MAX_COUNTED + 10 }, (_, n) => address(n)) }, 0, never, NOW);
    expect(tally.counts).toMatchObject([{ addresses: MAX_COUNTED }]);
  });
});

describe("describeNews", () => {
  it.each([
    [{ addresses: 25, fresh: 20 }, "DNS seed a.example: 25 addresses, 20 new"],
    [{ addresses: 1, fresh: 1 }, "DNS seed a.example: 1 address, 1 new"],
    [{ addresses: 0, fresh: 0, problem: "ENOTFOUND" }, "DNS seed a.example: ENOTFOUND"],
    [{ addresses: 2, fresh: 0, problem: "no address in line 4" }, "DNS seed a.example: 2 addresses, 0 new (no address in line 4)"],
    [{ addresses: 0, fresh: 0, problem: "refused", alarm: true }, "WARNING: DNS seed a.example: refused"],
  ] as const)("says it in a line: %j", (facts, line) => {
    expect(describeNews({ ...A, ...facts })).toBe(line);
  });
});
