/** Hostile octets: more than 100,000 inputs, from a seed that is printed when one fails. */
import { concatBytes } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHIA } from "../../../schema/networks/chia.ts";
import { NODE, NOW, peak } from "../../../test/support/chia-peer.ts";
import { FRAME_VECTORS, frameVector } from "../../../test/support/chia-vectors.ts";
import { edited, edits } from "../../../test/support/octets.ts";
import type { Session, SessionEvent, Step } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { decodeError } from "./error.ts";
import { decodeHandshake, encodeHandshake, NODE_TYPES } from "./handshake.ts";
import { CHIA_TIMEOUTS_MS } from "./limits.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPES } from "./message.ts";
import { decodePeak, decodePeakWallet } from "./peak.ts";
import { decodePeers } from "./peers.ts";
import { createChiaSession, createIntroducerSession } from "./session.ts";

const CODEC_RUNS = 80_000;
const SESSION_RUNS = 30_000;

const DECODERS = [decodeMessage, decodeHandshake, decodePeers, decodePeak, decodePeakWallet, decodeError];

const vectors = fc.constantFrom(...FRAME_VECTORS, ...FRAME_VECTORS.map((frame) => decodeMessage(frame).data));
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(vectors, edits, fc.nat({ max: 200 })).map(([bytes, changes, length]) => edited(bytes, changes).subarray(0, length)),
  fc.tuple(vectors, edits).map(([bytes, changes]) => edited(bytes, changes)),
  fc.tuple(vectors, vectors).map(([first, second]) => concatBytes(first, second)),
);

const types = fc.oneof(fc.constantFrom(...Object.values(MESSAGE_TYPES)), fc.nat({ max: 255 }));
const HANDSHAKE = encodeMessage({ type: MESSAGE_TYPES.handshake, data: encodeHandshake(NODE) });
const INTRODUCER = encodeMessage({ type: MESSAGE_TYPES.handshake, data: encodeHandshake({ ...NODE, nodeType: NODE_TYPES.introducer }) });
const PEAK = encodeMessage({ type: MESSAGE_TYPES.newPeakWallet, data: peak(6_000_000) });

const frames = fc.oneof(
  { weight: 3, arbitrary: octets },
  { weight: 3, arbitrary: fc.tuple(types, octets).map(([type, data]) => encodeMessage({ type, data })) },
  { weight: 2, arbitrary: fc.tuple(types, octets).map(([type, data]) => encodeMessage({ type, id: 0, data })) },
  { weight: 2, arbitrary: fc.constantFrom(...FRAME_VECTORS) },
  { weight: 1, arbitrary: fc.constant(PEAK) },
);

/** What gets a session on before it is fuzzed: nothing, a handshake, or a peak too. */
const BEGINNINGS = [[], [INTRODUCER], [HANDSHAKE], [HANDSHAKE, PEAK]];

const context = {
  target: { family: "ipv4", host: "25.1.1.1", port: 8444 },
  unixTime: NOW,
  random: (length: number) => new Uint8Array(length),
  userAgent: "/t/",
} as const;

/** Feeds a session to its end, whatever comes; it is over by its last deadline. */
function converse(session: Session, script: readonly Uint8Array[], pauses: readonly number[]): SessionEvent[] {
  const events: SessionEvent[] = [];
  let now = 0;
  const note = ({ events: more, send, deadline }: Step): number | undefined => {
    events.push(...more);
    for (const frame of send) decodeMessage(frame);
    return deadline;
  };
  let deadline = note(session.open(now));
  for (const [i, frame] of script.entries()) deadline = note(session.receive(frame, (now += pauses[i % pauses.length] ?? 0)));
  for (let ticks = 0; deadline !== undefined; ticks++) {
    expect(ticks).toBeLessThan(4);
    expect(deadline).toBeLessThanOrEqual(now + Math.max(...Object.values(CHIA_TIMEOUTS_MS)));
    deadline = note(session.tick((now = Math.max(now, deadline))));
  }
  return events;
}

describe("fuzz", () => {
  it("only WireError escapes the decoders", () => {
    let decoded = 0;
    fc.assert(
      fc.property(octets, fc.constantFrom(...DECODERS), (bytes, decode) => {
        try {
          decode(bytes);
          decoded++;
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
      { numRuns: CODEC_RUNS },
    );
    expect(decoded).toBeGreaterThan(CODEC_RUNS / 100);
  });

  it("a session never throws, always ends by its deadline, says at most one verdict, and holds what came", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.constantFrom(...BEGINNINGS),
        fc.boolean(),
        fc.constantFrom(createChiaSession, createIntroducerSession),
        fc.array(frames, { maxLength: 6 }),
        fc.array(fc.nat({ max: 2_000 })),
        (beginning, harvest, create, script, pauses) => {
          const events = converse(create(CHIA, { ...context, harvest }), [...beginning, ...script], pauses);
          const kinds = events.map(({ type }) => type);
          for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
          expect(kinds.filter((kind) => kind === "verified").length).toBeLessThanOrEqual(1);
          expect(kinds.filter((kind) => kind === "failed" || kind === "done")).toHaveLength(1);
          expect(["failed", "done"]).toContain(kinds.at(-1));
          const told = events.flatMap((event) => (event.type === "hearsay" ? event.entries : []));
          expect(told.length).toBeLessThanOrEqual([...beginning, ...script].reduce((sum, frame) => sum + frame.length, 0) / 14);
        },
      ),
      { numRuns: SESSION_RUNS },
    );
    // The fuzzing went deep: every kind of event was seen often.
    for (const kind of ["verified", "hearsay", "learned", "failed", "done"])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(SESSION_RUNS / 500);
  });

  it("a list that claims four thousand million entries costs nothing", () => {
    const frame = frameVector("respond_peers_1").slice();
    for (const claimed of [0x0000_03e9, 0x7fff_ffff, 0xffff_ffff]) {
      const data = decodeMessage(frame).data.slice();
      new DataView(data.buffer).setUint32(0, claimed);
      expect(() => decodePeers(data)).toThrow(WireError);
    }
  });
});
