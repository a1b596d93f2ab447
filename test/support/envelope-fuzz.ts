/** Hostile octets for a family that speaks in Bitcoin's envelope: 110,000 inputs, from a seed that is printed when one fails. */
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader, type Checksum, type FrameLimits } from "../../crawler/protocols/envelope/frame.ts";
import { createSession } from "../../crawler/protocols/families.ts";
import type { SessionEvent, Step } from "../../crawler/protocols/session.ts";
import { WireError } from "../../crawler/protocols/wire-error.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { NOW } from "./envelope-peer.ts";
import { chunks, cut, edited, edits } from "./octets.ts";

const CODEC_RUNS = 60_000;
const FRAME_RUNS = 25_000;
const SESSION_RUNS = 25_000;

type EnvelopeNetwork = NetworkOf<"bitcoin" | "decred">;

/** A family to be fuzzed. */
export interface Subject {
  /** The network on which most sessions are. */
  readonly network: EnvelopeNetwork;
  readonly networks: readonly EnvelopeNetwork[];
  readonly checksum: Checksum;
  readonly limits: FrameLimits & { readonly sessionEntries: number };
  readonly decoders: readonly ((payload: Uint8Array) => unknown)[];
  /** Good messages, from which bad ones are made. */
  readonly messages: readonly { readonly command: string; readonly payload: Uint8Array }[];
  /** Commands that are worth trying. */
  readonly commands: readonly string[];
  /** A good `version` of a peer that deserves to be verified. */
  readonly version: Uint8Array;
}

/** Declares the tests. */
export function fuzzEnvelope(subject: Subject): void {
  const { checksum, limits } = subject;
  const { magic } = subject.network.wire;
  const encode = (command: string, payload: Uint8Array): Uint8Array => encodeFrame(magic, command, payload, checksum);

  const vectors = fc.constantFrom(...subject.messages);
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(vectors, edits, fc.nat({ max: 600 })).map(([{ payload }, changes, length]) => edited(payload, changes).subarray(0, length)),
    fc.tuple(vectors, vectors).map(([first, second]) => concatBytes(first.payload, second.payload)),
  );
  /** Messages in the envelope: right, damaged after framing (bad checksum, length, command), or not even framed. */
  const messages = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(...subject.commands), payloads).map(([command, payload]) => encode(command, payload)),
    },
    { weight: 6, arbitrary: fc.tuple(vectors, edits).map(([{ command, payload }, changes]) => encode(command, edited(payload, changes))) },
    { weight: 2, arbitrary: fc.tuple(vectors, edits).map(([{ command, payload }, changes]) => edited(encode(command, payload), changes)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  );
  const streams = fc.array(messages, { maxLength: 6 }).map((parts) => concatBytes(...parts));
  /** Gets a session on: fuzzing only its first state would prove little. */
  const handshake = concatBytes(encode("version", subject.version), encode("verack", new Uint8Array(0)));

  /** The messages as text, which is compared quickly, and how the stream ended. */
  const readAll = (pieces: readonly Uint8Array[]): string[] => {
    const reader = new FrameReader(magic, checksum, limits);
    const largest = Math.max(...Object.values(limits.payload));
    const found: string[] = [];
    let received = 0;
    try {
      for (const piece of pieces) {
        for (const { command, payload } of reader.push(piece)) found.push(`${command} ${bytesToHex(payload)}`);
        received += piece.length;
        if (reader.buffered > Math.min(largest, 1_024 + 2 * received)) throw new Error(`${reader.buffered} octets held of ${received}`);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      found.push(error.failure);
    }
    return found;
  };

  describe("fuzz", () => {
    it("only WireError escapes the decoders", () => {
      fc.assert(
        fc.property(payloads, fc.constantFrom(...subject.decoders), (payload, decode) => {
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
      let read = 0;
      fc.assert(
        fc.property(streams, chunks, (stream, lengths) => {
          const whole = readAll([stream]);
          expect(readAll(cut(stream, lengths))).toEqual(whole);
          read += whole.length;
        }),
        { numRuns: FRAME_RUNS },
      );
      expect(read).toBeGreaterThan(FRAME_RUNS);
    });

    it("a session never throws, always ends by its deadline, and says at most one verdict", () => {
      const seen = new Map<string, number>();
      const networks = fc.oneof(
        { weight: 4, arbitrary: fc.constant(subject.network) },
        { weight: 1, arbitrary: fc.constantFrom(...subject.networks) },
      );
      const pauses = fc.array(fc.nat({ max: 9_000 }));
      fc.assert(
        fc.property(networks, fc.boolean(), streams, chunks, pauses, (network, harvest, stream, lengths, waits) => {
          // Half of the streams begin with a good handshake, so that the later states are reached.
          const bytes = lengths.length % 2 === 0 ? concatBytes(handshake, stream) : stream;
          const events = converse(subject, network, harvest, cut(bytes, lengths), waits);
          for (const { type } of events) seen.set(type, (seen.get(type) ?? 0) + 1);
        }),
        { numRuns: SESSION_RUNS },
      );
      // The fuzzing went deep: every kind of event was seen often.
      for (const type of ["verified", "hearsay", "failed", "done"]) expect(seen.get(type) ?? 0).toBeGreaterThan(SESSION_RUNS / 500);
    });
  });
}

/** Runs a whole conversation with a peer that sends these pieces with these pauses, and checks what every session owes its caller. */
function converse(
  { limits }: Subject,
  network: EnvelopeNetwork,
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
    const over = events.some(({ type }) => type === "failed" || type === "done");
    // Plain comparisons: there are millions.
    if (send.length > limits.messages) throw new Error(`${send.length} messages sent at once`);
    if ((deadline === undefined) !== over) throw new Error(`over: ${over}, deadline: ${deadline}`);
    if (ownNonces.size !== (over ? 0 : 1)) throw new Error(`over: ${over}, nonces: ${ownNonces.size}`);
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
  expect(entries.length).toBeLessThanOrEqual(limits.sessionEntries);
  if (entries.length > 0) expect(kinds[0]).toBe("verified");
  return events;
}
