/** Hostile octets: more than 100,000 inputs, from a seed that is printed when one fails. */
import * as fc from "fast-check";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { NANO } from "../../../schema/networks/nano.ts";
import { answerTo, drawing, NanoScript, START } from "../../../test/support/nano-peer.ts";
import { NANO_KEYS, NANO_MESSAGES } from "../../../test/support/nano-vectors.ts";
import { chunks, cut, edited, edits } from "../../../test/support/octets.ts";
import { WireError } from "../wire-error.ts";
import { decodeHandshake } from "./handshake.ts";
import { decodeHeader, encodeMessage, NANO_TYPE, payloadLength } from "./header.ts";
import { decodeKeepalive } from "./keepalive.ts";
import { NANO_LIMITS } from "./limits.ts";
import { MessageReader } from "./messages.ts";
import { decodeTelemetry } from "./telemetry.ts";

const CODEC_RUNS = 65_000;
const STREAM_RUNS = 35_000;
/** Fewer: each checks signatures. */
const SESSION_RUNS = 5_000;

/** Octets of the largest message that is read, a telemetry. */
const MOST_BUFFERED = 1_023;

const { wire } = NANO;

const vectors = fc.constantFrom(...Object.values(NANO_MESSAGES).map(({ hex }) => hex));
const extensions = fc.oneof(fc.constantFrom(0, 1, 2, 3, 5, 6, 7, 0x0600, 0x1000, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(vectors, edits, fc.nat({ max: 300 })).map(([bytes, changes, length]) => edited(bytes.subarray(8), changes).subarray(0, length)),
);

/** Messages of every type: whole ones, some from the vectors, some damaged, and octets that are none. */
const wholeMessages = fc
  .tuple(fc.constantFrom(...Object.values(NANO_TYPE)), extensions, fc.integer({ min: 0, max: 255 }))
  .filter(([type, bits]) => type !== NANO_TYPE.publish || (bits & 0x0f00) === 0x0600)
  .map(([type, bits, fill]) => {
    const length = payloadLength({ type, extensions: bits });
    return encodeMessage(wire, type, bits, new Uint8Array(length).fill(fill));
  })
  .filter(({ length }) => length < 2_000);
const messages = fc.oneof(
  { weight: 4, arbitrary: wholeMessages },
  { weight: 4, arbitrary: vectors },
  { weight: 2, arbitrary: fc.tuple(vectors, edits).map(([bytes, changes]) => edited(bytes, changes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);
const streams = fc.array(messages, { maxLength: 6 }).map((parts) => concatBytes(...parts));

/** A good answer to the query of every session here: fuzzing only its first state would prove little. */
const ANSWERS = [answerTo(NANO_KEYS.clientCookie, wire), answerTo(NANO_KEYS.clientCookie, wire, { isV1: true })];

describe("fuzz", () => {
  it("only WireError escapes the decoders", () => {
    const decoders = [
      (bits: number, payload: Uint8Array) => decodeHandshake(bits, payload),
      (_: number, payload: Uint8Array) => decodeKeepalive(payload),
      (_: number, payload: Uint8Array) => decodeTelemetry(payload),
      (_: number, payload: Uint8Array) => payloadLength(decodeHeader(payload)),
    ];
    fc.assert(
      fc.property(extensions, payloads, fc.constantFrom(...decoders), (bits, payload, decode) => {
        try {
          decode(bits, payload);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
      { numRuns: CODEC_RUNS },
    );
  });

  it("only WireError escapes the reader, however the stream is cut, and its memory is bounded", () => {
    let read = 0;
    fc.assert(
      fc.property(streams, chunks, (stream, lengths) => {
        const whole = readAll([stream]);
        expect(readAll(cut(stream, lengths))).toEqual(whole);
        read += whole.length;
      }),
      { numRuns: STREAM_RUNS },
    );
    expect(read).toBeGreaterThan(STREAM_RUNS);
  });

  it("a session never throws, always ends by its deadline, and says at most one verdict", { timeout: 120_000 }, () => {
    const seen = new Map<string, number>();
    const answers = fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...ANSWERS) },
      { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...ANSWERS), edits).map(([bytes, changes]) => edited(bytes, changes)) },
    );
    const pauses = fc.array(fc.nat({ max: 9_000 }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.boolean(), answers, streams, chunks, pauses, (harvest, answer, stream, lengths, waits) => {
        for (const kind of converse(harvest, [answer, ...cut(stream, lengths)], waits)) seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }),
      { numRuns: SESSION_RUNS },
    );
    // The fuzzing went deep: every kind of event was seen often.
    for (const kind of ["verified", "hearsay", "learned", "done", "malformed"]) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(SESSION_RUNS / 200);
    }
  });
});

/** The messages as text, which is compared quickly, and how the stream ended. */
function readAll(pieces: readonly Uint8Array[]): string[] {
  const reader = new MessageReader(wire.networkId);
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      for (const { header, payload } of reader.push(piece)) found.push(`${JSON.stringify(header)} ${bytesToHex(payload)}`);
      if (reader.buffered > MOST_BUFFERED) throw new Error(`${reader.buffered} octets held`);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    found.push(error.failure);
  }
  return found;
}

/** Runs a whole conversation with a node that sends these pieces with these pauses, and checks what every session owes its caller. */
function converse(harvest: boolean, pieces: readonly Uint8Array[], pauses: readonly number[]): string[] {
  const script = new NanoScript({ harvest, random: drawing(NANO_KEYS.clientCookie) }).open();
  const owes = (): void => {
    const over = script.events.some(({ type }) => type === "failed" || type === "done");
    // Plain comparisons: there are very many.
    if ((script.deadline === undefined) !== over) throw new Error(`over: ${over}, deadline: ${script.deadline}`);
    if (script.sent.length > 2) throw new Error(`${script.sent.length} messages sent`);
  };
  let now = START;
  for (const [i, piece] of pieces.entries()) {
    script.sends(piece, now);
    owes();
    now += pauses[i] ?? 0;
  }
  if (pieces.length % 2 === 0) script.hangsUp(now);
  script.tick(now + 600_000);
  owes();
  expect(script.session.tick(now + 600_000)).toEqual({ send: [], events: [], deadline: undefined });
  const types = script.events.map(({ type }) => type);
  expect(types.filter((type) => type === "done" || type === "failed")).toHaveLength(1);
  expect(["done", "failed"]).toContain(types.at(-1));
  expect(types.lastIndexOf("verified")).toBeLessThanOrEqual(0);
  expect(types.filter((type) => type === "learned").length).toBeLessThanOrEqual(1);
  const entries = script.events.flatMap((event) => (event.type === "hearsay" ? event.entries : []));
  expect(entries.length).toBeLessThanOrEqual(8 * NANO_LIMITS.keepalives);
  if (entries.length > 0) expect(types[0]).toBe("verified");
  return script.kinds;
}
