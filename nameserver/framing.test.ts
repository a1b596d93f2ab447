import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, MessageReader } from "./framing.ts";

describe("messages on a stream", () => {
  it("come out as they went in, however the stream is cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 200 })), (sent, sizes) => {
        const stream = Buffer.concat(sent.map(frame));
        const reader = new MessageReader();
        const received: number[][] = [];
        for (let at = 0; at < stream.length;) {
          const size = sizes.next().value;
          for (const message of reader.push(stream.subarray(at, at + size))) received.push([...message]);
          at += size;
        }
        expect(received).toEqual(sent.map((message) => [...message]));
      }),
    );
  });
});
