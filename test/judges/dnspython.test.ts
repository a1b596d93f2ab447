/** dnspython reads what we write as we meant it, whatever was asked over whichever transport. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exchange, inquiries } from "../support/dns-exchange.ts";
import { readByDnspython } from "./dnspython.ts";

const INQUIRIES = 10_000;
/** How often each response code, truncation and padding must have come up, so that the judgement is one. */
const LEAST_EACH = 20;

/** It refuses to read messages of other opcodes. */
const KNOWN_OPCODES = new Set([0, 1, 2, 4, 5]);
const TC = 0x0200;
const PADDING = 12;

describe("a reply", () => {
  it(`means to dnspython what it means to us, ${INQUIRIES} times`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const known = inquiries().filter(({ query: { flags = 0 } }) => KNOWN_OPCODES.has(flags >> 11));
    const asked = fc.sample(known, { numRuns: INQUIRIES, seed });
    const exchanged = asked.map((inquiry) => exchange(inquiry));
    const read = await readByDnspython(exchanged.map(({ message }) => message));
    expect(read).toHaveLength(INQUIRIES);
    for (const [i, { meant, message }] of exchanged.entries()) {
      expect(read[i], `seed ${seed}: ${JSON.stringify(asked[i])}: ${Buffer.from(message).toString("hex")}`).toEqual(meant);
    }
    const count = (what: (each: (typeof exchanged)[number]) => boolean): number => exchanged.filter(what).length;
    for (const rcode of [0, 1, 2, 3, 4, 5, 16])
      expect(
        count(({ meant }) => meant.rcode === rcode),
        `rcode ${rcode}`,
      ).toBeGreaterThan(LEAST_EACH);
    for (const type of [1, 2, 6, 13, 16, 28, 33]) {
      expect(
        count(({ meant }) => meant.answer[0]?.[2] === type),
        `type ${type}`,
      ).toBeGreaterThan(LEAST_EACH);
    }
    expect(count(({ meant }) => (meant.flags & TC) !== 0)).toBeGreaterThan(LEAST_EACH);
    expect(count(({ meant }) => meant.opt?.options.some(([code]) => code === PADDING) === true)).toBeGreaterThan(LEAST_EACH);
  }, 60_000);

  it("is not what dnspython reads in other octets", async () => {
    const { message } = exchange({ query: {}, transport: "doh", zone: 0, seed: 1 });
    const [cutShort, longer] = await readByDnspython([message.subarray(0, message.length - 1), Uint8Array.of(...message, 0)]);
    expect(cutShort).toHaveProperty("fault");
    expect(longer).toHaveProperty("fault", expect.stringContaining("TrailingJunk"));
  });
});
