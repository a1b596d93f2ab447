import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MAX_BUNDLE_OCTETS, weighBundle } from "./bundle-size.ts";

describe("weighBundle", () => {
  it("takes what is small after gzip, however long it is", () => {
    expect(weighBundle(new Uint8Array(10 * MAX_BUNDLE_OCTETS))).toMatchObject({
      excessive: false,
      text: expect.stringMatching(/^1,000,000 octets, [\d,]{1,6} after gzip; the limit is 100,000$/),
    });
  });

  it("takes the limit itself and no octet more", () => {
    const noise = randomBytes(MAX_BUNDLE_OCTETS);
    const overhead = gzipSync(noise).length - noise.length; // noise does not compress: what is added is the format's
    expect(weighBundle(noise.subarray(overhead)).excessive).toBe(false);
    const { excessive, text } = weighBundle(Buffer.concat([noise.subarray(overhead), Buffer.of(1)]));
    expect([excessive, text]).toEqual([true, expect.stringContaining("100,001 after gzip; the limit is 100,000, which is 1 less")]);
  });
});
