import packet from "dns-packet";
import { describe, expect, it } from "vitest";
import { ResponseRate } from "./rate.ts";
import { query } from "./test-client.ts";
import { truncated } from "./udp.ts";

const decide = (rate: ResponseRate, prefix: string, at: number, times: number) =>
  Array.from({ length: times }, () => rate.decide(prefix, at));

describe("response rate limiting", () => {
  const limits = { answersPerSecond: 10, answerBurst: 3, slip: 2, prefixes: 4 };

  it("answers a burst, then truncates every second one and drops the rest, and refills with time", () => {
    const rate = new ResponseRate(limits);
    expect(decide(rate, "a", 0, 7)).toEqual(["answer", "answer", "answer", "drop", "truncate", "drop", "truncate"]);
    expect(decide(rate, "b", 0, 1)).toEqual(["answer"]);
    expect(decide(rate, "a", 200, 3)).toEqual(["answer", "answer", "drop"]);
    expect(decide(rate, "a", 100, 1)).toEqual(["truncate"]); // a clock that goes back gives nothing
  });

  it("remembers no more prefixes than its limit", () => {
    const rate = new ResponseRate(limits);
    decide(rate, "a", 0, 3);
    for (const prefix of ["b", "c", "d", "e"]) rate.decide(prefix, 0);
    expect(rate.decide("a", 0)).toBe("answer");
  });

  it("truncates to an answer no longer than the query, which a client understands", () => {
    const asked = query("a.example.org", "AAAA", 513, 1232);
    const short = Buffer.from(truncated(asked) ?? []);
    expect(short.length).toBeLessThanOrEqual(asked.length);
    const { id, type, flag_tc: tc, questions, answers, additionals } = packet.decode(short);
    expect({ id, type, tc, answers }).toEqual({ id: 513, type: "response", tc: true, answers: [] });
    expect(additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232, options: [] }]);
    expect(packet.decode(Buffer.from(truncated(query("a.example.org")) ?? [])).additionals).toEqual([]);
    expect(questions).toMatchObject([{ name: "a.example.org", type: "AAAA" }]);
    expect(truncated(Uint8Array.of(0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63))).toEqual(Uint8Array.of(0, 9, 0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(truncated(short)).toBeUndefined();
    expect(truncated(short.subarray(0, 11))).toBeUndefined();
  });
});
