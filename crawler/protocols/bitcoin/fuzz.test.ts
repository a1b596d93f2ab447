/** Hostile octets: more than 100,000 inputs, from a seed that is printed when one fails. */
import * as fc from "fast-check";
import { concatBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { MESSAGE_VECTORS } from "../../../test/support/bitcoin-vectors.ts";
import { NOW } from "../../../test/support/bitcoin-peer.ts";
import { cut } from "../../../test/support/bitcoin.ts";
import { BITCOIN } from "../../../schema/networks/bitcoin.ts";
import { NETWORKS } from "../../../schema/networks/index.ts";
import { createSession } from "../families.ts";
import type { SessionEvent, Step } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { encodeMessage, frameReader } from "./frame.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { BITCOIN_LIMITS } from "./limits.ts";

const CODEC_RUNS = 60_000;
const FRAME_RUNS = 25_000;
const SESSION_RUNS = 25_000;

const DECODERS = [decodeVersion, decodeAddr, decodeAddrv2, decodeNonce];
const { magic } = BITCOIN.wire;
const FAMILY = NETWORKS.filter(({ wire }) => wire.family === "bitcoin");

/** A change to octets: at a place, to a value; the place wraps round. */
const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
const edited = (bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array => {
  const copy = bytes.slice();
  for (const [at, octet] of changes) if (copy.length > 0) copy[at % copy.length] = octet;
  return copy;
};

const payloadVectors = fc.constantFrom(...MESSAGE_VECTORS.map(({ bytes }) => bytes.subarray(24)));
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(payloadVectors, edits, fc.nat({ max: 600 })).map(([bytes, changes, length]) => edited(bytes, changes).subarray(0, length)),
  fc.tuple(payloadVectors, payloadVectors).map(([first, second]) => concatBytes(first, second)),
);

/** Messages in Bitcoin's envelope: right, damaged after framing (bad checksum, length, command), or not even framed. */
const commands = fc.constantFrom("version", "verack", "addr", "addrv2", "ping", "getaddr", "sendaddrv2", "inv", "__proto__", "");
const vectorMessages = fc.constantFrom(
  ...MESSAGE_VECTORS.map(({ bytes, decoded: { command } }) => ({ command, payload: bytes.subarray(24) })),
);
const messages = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(commands, payloads).map(([command, payload]) => encodeMessage(magic, command, payload)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(vectorMessages, edits)
      .map(([{ command, payload }, changes]) => encodeMessage(magic, command, edited(payload, changes))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(vectorMessages, edits)
      .map(([{ command, payload }, changes]) => edited(encodeMessage(magic, command, payload), changes)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);
const streams = fc.array(messages, { maxLength: 6 }).map((parts) => concatBytes(...parts));
const chunks = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

/** A message that gets a session on: fuzzing only its first state would prove little. */
function handshake(command: string): Uint8Array {
  const vector = MESSAGE_VECTORS.find(({ decoded }) => decoded.user_agent?.includes("Knots") === true);
  return encodeMessage(magic, command, command === "version" ? vector!.bytes.subarray(24) : new Uint8Array(0));
}

describe("fuzz", () => {
  it("only WireError escapes the decoders", () => {
    fc.assert(
      fc.property(payloads, fc.constantFrom(...DECODERS), (payload, decode) => {
        try {
          decode(payload);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
      { numRuns: CODEC_RUNS },
    );
  });

  it("only WireError escapes the frame reader, however the stream is cut, and its memory is bounded by what came", () => {
    let decoded = 0;
    fc.assert(
      fc.property(streams, chunks, (stream, lengths) => {
        const whole = readAll([stream]);
        expect(readAll(cut(stream, lengths))).toEqual(whole);
        decoded += whole.messages.length;
      }),
      { numRuns: FRAME_RUNS },
    );
    expect(decoded).toBeGreaterThan(FRAME_RUNS / 2);
  });

  it("a session never throws, always ends by its deadline, and says at most one verdict", () => {
    const seen = new Map<string, number>();
    const networks = fc.oneof({ weight: 4, arbitrary: fc.constant(BITCOIN) }, { weight: 1, arbitrary: fc.constantFrom(...FAMILY) });
    fc.assert(
      fc.property(
        networks,
        fc.boolean(),
        streams,
        chunks,
        fc.array(fc.nat({ max: 9_000 })),
        (network, harvest, stream, lengths, pauses) => {
          // Half of the streams begin with a good handshake, so that the later states are reached.
          const bytes = lengths.length % 2 === 0 ? concatBytes(handshake("version"), handshake("verack"), stream) : stream;
          const events = converse(network, harvest, cut(bytes, lengths), pauses);
          for (const { type } of events) seen.set(type, (seen.get(type) ?? 0) + 1);
        },
      ),
      { numRuns: SESSION_RUNS },
    );
    // The fuzzing went deep: every kind of event was seen often.
    for (const type of ["verified", "hearsay", "failed", "done"]) expect(seen.get(type) ?? 0).toBeGreaterThan(SESSION_RUNS / 100);
  });
});

function readAll(pieces: readonly Uint8Array[]): { messages: unknown[]; failure: string | undefined } {
  const reader = frameReader(magic);
  const found: unknown[] = [];
  let received = 0;
  try {
    for (const piece of pieces) {
      for (const message of reader.push(piece)) found.push(message);
      received += piece.length;
      expect(reader.buffered).toBeLessThanOrEqual(Math.min(BITCOIN_LIMITS.payload.addrv2, 1_024 + 2 * received));
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { messages: found, failure: error.failure };
  }
  return { messages: found, failure: undefined };
}

/** Runs a whole conversation with a peer that sends these pieces with these pauses, and checks what every session owes its caller. */
function converse(
  network: (typeof NETWORKS)[number],
  harvest: boolean,
  pieces: readonly Uint8Array[],
  pauses: readonly number[],
): SessionEvent[] {
  const ownNonces = new Set<bigint>();
  const session = createSession(network, {
    target: { family: "ipv4", host: "25.1.1.1", port: 8333 },
    harvest,
    unixTime: NOW,
    random: (length) => new Uint8Array(length).fill(3),
    userAgent: "/seedcast:fuzz/",
    ownNonces,
  });
  const events: SessionEvent[] = [];
  let now = 0;
  const note = ({ send, events: more, deadline }: Step): void => {
    events.push(...more);
    expect(send.length).toBeLessThanOrEqual(BITCOIN_LIMITS.messages);
    const over = events.some(({ type }) => type === "failed" || type === "done");
    expect(deadline === undefined).toBe(over);
    expect(ownNonces.size).toBe(over ? 0 : 1);
  };
  note(session.open(now));
  for (const [i, piece] of pieces.entries()) {
    note(session.receive(piece, now));
    now += pauses[i] ?? 0;
  }
  if (pieces.length % 2 === 0) note(session.closed(now));
  note(session.tick(now + 600_000));
  expect(session.tick(now + 600_000)).toEqual({ send: [], events: [], deadline: undefined });
  const kinds = events.map(({ type }) => type);
  expect(kinds.filter((kind) => kind === "done" || kind === "failed")).toHaveLength(1);
  expect(["done", "failed"]).toContain(kinds.at(-1));
  expect(kinds.lastIndexOf("verified")).toBeLessThanOrEqual(0);
  const entries = events.flatMap((event) => (event.type === "hearsay" ? event.entries : []));
  expect(entries.length).toBeLessThanOrEqual(BITCOIN_LIMITS.sessionEntries);
  if (entries.length > 0) expect(kinds[0]).toBe("verified");
  return events;
}
