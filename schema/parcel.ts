/** A parcel: what KV holds of a network, under one key, so that its readers get snapshot and bank of one publication, or neither. */
import * as v from "valibot";
import type { SealedBytes } from "./seal.ts";
import { SnapshotSealSchema, type SnapshotSeal } from "./snapshot.ts";

/** A document's exact text, and its seal. */
export interface SealedText {
  readonly text: string;
  readonly seal: SnapshotSeal;
}

/** The value to put into KV, and its metadata. */
export interface Packed {
  readonly value: string;
  readonly metadata: unknown;
}

/** Metadata where there are two documents: the bank's bytes follow the snapshot's, which are `length` octets. The seals are checked by who opens them. */
const PairSchema = v.strictObject({ snapshot: v.unknown(), length: v.pipe(v.number(), v.integer(), v.minValue(0)), bank: v.unknown() });

/** A snapshot alone has its bare seal for metadata. `utf8Length` tells how many octets a text has. */
export function pack(snapshot: SealedText, bank: SealedText | undefined, utf8Length: (text: string) => number): Packed {
  if (bank === undefined) return { value: snapshot.text, metadata: snapshot.seal };
  const metadata: v.InferOutput<typeof PairSchema> = { snapshot: snapshot.seal, length: utf8Length(snapshot.text), bank: bank.seal };
  return { value: snapshot.text + bank.text, metadata };
}

export interface Parcel {
  readonly snapshot: SealedBytes;
  readonly bank: SealedBytes | undefined;
}

/** Takes a value of KV apart. Nothing is believed yet: opening checks. */
export function unpack(bytes: Uint8Array<ArrayBuffer>, metadata: unknown): Parcel {
  const pair = v.safeParse(PairSchema, metadata);
  if (!pair.success) return { snapshot: { bytes, seal: metadata }, bank: undefined };
  const { snapshot, length, bank } = pair.output;
  return { snapshot: { bytes: bytes.subarray(0, length), seal: snapshot }, bank: { bytes: bytes.subarray(length), seal: bank } };
}

/** Whether these are the metadata of a snapshot alone: its zone went out unsigned. Of metadata that are neither, nothing is known. */
export const isAlone = (metadata: unknown): boolean => v.is(SnapshotSealSchema, metadata);
