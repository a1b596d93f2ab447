import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasServices, NetworkError, parseNetwork } from "./network.ts";
import { DEVNET, DEVNET_CHIA } from "./networks/devnet.ts";

const WIRE = { family: "bitcoin", magic: "5eedca57", protocolVersion: 70016, addrv2: true };

describe("parseNetwork", () => {
  it("takes what it gives", () => {
    expect(parseNetwork(JSON.parse(JSON.stringify(DEVNET)))).toEqual(DEVNET);
  });

  it.each([
    ["name", "Devnet"],
    ["name", ""],
    ["name", "-x"],
    ["name", "a".repeat(41)],
    ["title", "t".repeat(81)],
    ["port", 0],
    ["port", 65536],
    ["port", 8333.5],
    ["port", "8333"],
    ["scope", "private"],
    ["minVersion", -1],
    ["services", "01"],
    ["services", "0x9"],
    ["services", "F"],
    ["services", ""],
    ["services", "1".repeat(17)],
    ["services", 9],
    ["minHeight", -1],
    ["maxHeightLag", 0],
    ["dnsSeeds", "seed.example.org"],
    ["fixedSeeds", [1]],
    ["sources", { wire: 1 }],
  ])("refuses %s = %j, by name", (field, value) => {
    expect(() => parseNetwork({ ...DEVNET, [field]: value })).toThrow(NetworkError);
    expect(() => parseNetwork({ ...DEVNET, [field]: value })).toThrow(new RegExp(`^network parameters: ${field}\\b`));
  });

  it.each([
    ["wire.family", { family: "gopher" }],
    ["wire.magic", { magic: "5eedca5" }],
    ["wire.magic", { magic: "5EEDCA57" }],
    ["wire.protocolVersion", { protocolVersion: 208 }],
    ["wire.addrv2", { addrv2: 1 }],
    ["wire.maxMessage", { maxMessage: 0 }],
    ["wire.maxMessage", { maxMessage: 2 ** 32 }],
    ["wire.gossipWaitMs", { gossipWaitMs: 10 }],
    ["wire.colour", { colour: "red" }],
  ])("refuses %s = %j, by name", (field, part) => {
    expect(() => parseNetwork({ ...DEVNET, wire: { ...WIRE, ...part } })).toThrow(`network parameters: ${field}: `);
  });

  it.each([[0], [1, 7], [65], [1.5]])("refuses to offer Chia's nodes a capability that it cannot keep: %j", (...capabilities) => {
    const wire = { ...DEVNET_CHIA.wire, capabilities };
    expect(() => parseNetwork({ ...DEVNET_CHIA, wire })).toThrow("network parameters: wire.capabilities.");
  });

  it.each([
    ["serviceLabels.1", { serviceLabels: ["1", "x"] }],
    ["foreignPorts.0", { foreignPorts: [0] }],
    ["fixedSeeds.0", { fixedSeeds: ["a".repeat(81)] }],
    ["fixedSeeds.1", { fixedSeeds: ["[::1]:8333", "seed.example.org:8333"] }],
    ["dnsSeeds.0", { dnsSeeds: ["a".repeat(254)] }],
    ["colour", { colour: "red" }],
  ])("refuses %s, by name", (field, part) => {
    expect(() => parseNetwork({ ...DEVNET, ...part })).toThrow(`network parameters: ${field}: `);
  });

  it.each(Object.keys(DEVNET))("misses %s", (field) => {
    const { [field]: _missing, ...rest } = { ...DEVNET } as Record<string, unknown>;
    expect(() => parseNetwork(rest)).toThrow(`network parameters: ${field}: `);
  });

  it("refuses what is no object, with NetworkError alone", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseNetwork(value)).toThrow(NetworkError);
      }),
    );
  });
});

describe("hasServices", () => {
  it("agrees with the bits", () => {
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(bits, bits, (offered, wanted) => {
        expect(hasServices(offered.toString(16), wanted.toString(16))).toBe((offered & wanted) === wanted);
        expect(hasServices((offered | wanted).toString(16), wanted.toString(16))).toBe(true);
      }),
    );
  });

  it.each([
    ["409", "9", true],
    ["9", "409", false],
    ["0", "0", true],
    ["0", "1", false],
    ["ffffffffffffffff", "8000000000000001", true],
    ["7fffffffffffffff", "8000000000000000", false],
  ])("%s has %s: %s", (offered, wanted, has) => {
    expect(hasServices(offered, wanted)).toBe(has);
  });
});
