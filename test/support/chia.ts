/** Arbitrary Chia messages. */
import * as fc from "fast-check";
import type { Handshake } from "../../crawler/protocols/chia/handshake.ts";
import { CHIA_LIMITS } from "../../crawler/protocols/chia/limits.ts";
import type { Message } from "../../crawler/protocols/chia/message.ts";
import type { Peak } from "../../crawler/protocols/chia/peak.ts";
import type { TimestampedPeer } from "../../crawler/protocols/chia/peers.ts";

const u8 = fc.nat({ max: 0xff });
const u16 = fc.nat({ max: 0xffff });
const u32 = fc.nat({ max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** At most 4 octets a character. */
const text = fc.string({ unit: "binary", maxLength: CHIA_LIMITS.text / 4 });

export const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: u8, data: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: u8, id: u16, data: fc.uint8Array({ maxLength: 300 }) }),
);

export const handshakes: fc.Arbitrary<Handshake> = fc.record({
  networkId: text,
  protocolVersion: text,
  softwareVersion: text,
  serverPort: u16,
  nodeType: u8,
  capabilities: fc.array(fc.tuple(u16, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: CHIA_LIMITS.capabilities }),
});

const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: "binary-ascii", maxLength: CHIA_LIMITS.host }));

export const peerLists: fc.Arbitrary<TimestampedPeer[]> = fc.array(fc.record({ host: hosts, port: u16, timestamp: u64 }), {
  maxLength: 20,
});

const walletPeak = { headerHash: hash, height: u32, weight: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), forkPoint: u32 };

export const walletPeaks: fc.Arbitrary<Peak> = fc.record(walletPeak);
export const fullPeaks: fc.Arbitrary<Required<Peak>> = fc.record({ ...walletPeak, unfinishedHash: hash });
