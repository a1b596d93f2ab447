/** `new_peak` and `new_peak_wallet`: the end of the chain that a node follows (chia/protocols/full_node_protocol.py, wallet_protocol.py). */
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import { Writer } from "../writer.ts";

/** What both messages tell. */
export interface Peak {
  /** 32 octets. */
  readonly headerHash: Uint8Array;
  readonly height: number;
  /** Of 128 bits. */
  readonly weight: bigint;
  readonly forkPoint: number;
  /** 32 octets; only `new_peak`, which full nodes send each other, has it. */
  readonly unfinishedHash?: Uint8Array;
}

const HASH_OCTETS = 32;
const LOW_64 = (1n << 64n) - 1n;

/** Decodes the data of a `new_peak_wallet`, all of it. Throws `WireError`. */
export function decodePeakWallet(data: Uint8Array): Peak {
  const reader = new Reader(data);
  const peak = readPeak(reader);
  reader.end("peak");
  return peak;
}

/** Decodes the data of a `new_peak`, all of it. Throws `WireError`. */
export function decodePeak(data: Uint8Array): Peak {
  const reader = new Reader(data);
  const peak = { ...readPeak(reader), unfinishedHash: reader.bytes(HASH_OCTETS, "unfinished hash") };
  reader.end("peak");
  return peak;
}

function readPeak(reader: Reader): Peak {
  return {
    headerHash: reader.bytes(HASH_OCTETS, "header hash"),
    height: reader.u32be("height"),
    weight: (reader.u64be("weight") << 64n) | reader.u64be("weight"),
    forkPoint: reader.u32be("fork point"),
  };
}

/** Encodes a `new_peak_wallet`, or a `new_peak` where there is an unfinished hash. Throws `WireError` for what does not fit. */
export function encodePeak({ headerHash, height, weight, forkPoint, unfinishedHash }: Peak): Uint8Array {
  const writer = new Writer().bytes(hash(headerHash, "header hash")).u32be(height, "height");
  writer
    .u64be(weight >> 64n, "weight")
    .u64be(weight & LOW_64, "weight")
    .u32be(forkPoint, "fork point");
  if (unfinishedHash !== undefined) writer.bytes(hash(unfinishedHash, "unfinished hash"));
  return writer.finish();
}

function hash(value: Uint8Array, field: string): Uint8Array {
  if (value.length !== HASH_OCTETS) throw new WireError(field, `is not ${HASH_OCTETS} octets`);
  return value;
}
