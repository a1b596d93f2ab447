import { webcrypto } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { KeySetError, type ZoneKey } from "./keys.ts";
import { RFC_KEYS } from "./test-vectors.ts";
import { zoneSignerOf } from "./zone-signer.ts";

const { subtle } = webcrypto;
const TIMES = { publish: 0, activate: 0 };

describe("zoneSignerOf", () => {
  it.each(RFC_KEYS)("takes the private key of $source", async ({ key, tag }) => {
    const signer = await zoneSignerOf(key, subtle);
    expect(signer).toMatchObject({ tag, algorithm: key.algorithm, key });
    expect(await signer.sign(new Uint8Array(5))).toHaveLength(64);
  });

  it.each([13, 15] as const)("refuses halves of algorithm %i that do not belong together, and quotes neither", async (algorithm) => {
    const key: ZoneKey = { ...generateZoneKey("zsk", algorithm), ...TIMES };
    const { d } = generateZoneKey("zsk", algorithm);
    const error: unknown = await zoneSignerOf({ ...key, d }, subtle).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeySetError);
    expect((error as KeySetError).message).toMatch(/^the zsk with tag \d+ is no usable pair of algorithm \d+: make it again$/);
    expect((error as KeySetError).stack).not.toContain(d);
    expect((error as KeySetError).cause).toBeUndefined();
  });

  it("refuses a platform that signs wrongly", async () => {
    const key: ZoneKey = { ...generateZoneKey("zsk", 15), ...TIMES };
    const careless = {
      importKey: subtle.importKey.bind(subtle),
      verify: subtle.verify.bind(subtle),
      sign: async () => new ArrayBuffer(64),
    };
    await expect(zoneSignerOf(key, careless)).rejects.toThrow(KeySetError);
  });

  it("refuses a point that is not on the curve", async () => {
    const key = { ...generateZoneKey("ksk", 13), ...TIMES, y: "A".repeat(43) } as ZoneKey;
    await expect(zoneSignerOf(key, subtle)).rejects.toThrow(KeySetError);
  });
});
