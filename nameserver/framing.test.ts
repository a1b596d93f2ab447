import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, MessageReader } from "./framing.ts";

describe("messages on a stream", () => {
  it("come out as they went in, however the stream is cut and whenever they are asked for", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const steps = fc.infiniteStream(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat({ max: 3 })));
    fc.assert(
      fc.property(messages, steps, (sent, each) => {
        const stream = Buffer.concat(sent.map(frame));
        const reader = new MessageReader();
        const received: number[][] = [];
        const take = (most: number): void => {
          for (let taken = 0; taken < most; taken++) {
            const message = reader.next();
            if (message === undefined) return;
            received.push([...message]);
          }
        };
        for (let at = 0; at < stream.length;) {
          const [size, most] = each.next().value;
          const before = reader.held;
          reader.push(stream.subarray(at, at + size));
          expect(reader.held).toBe(before + Math.min(size, stream.length - at));
          at += size;
          take(most);
        }
        take(Infinity);
        expect(received).toEqual(sent.map((message) => [...message]));
        expect(reader.held).toBe(0);
      }),
    );
  });

  it("do not change when the stream's own memory does", () => {
    const reader = new MessageReader();
    const bytes = frame(Uint8Array.of(1, 2, 3));
    reader.push(bytes.subarray(0, 4));
    bytes.fill(9, 0, 4);
    reader.push(Uint8Array.of(3));
    expect(reader.next()).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("cost no more where they come octet by octet", () => {
    const reader = new MessageReader();
    const stream = frame(new Uint8Array(65_535).fill(7));
    for (let round = 0; round < 20; round++) {
      for (const octet of stream) reader.push(Uint8Array.of(octet)); // copying all that is held each time takes minutes
      expect(reader.next()).toHaveLength(65_535);
    }
  });
});
