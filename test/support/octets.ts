/** Octets cut and spoilt, for tests of streams and hostile input. */
import * as fc from "fast-check";

/** The same octets in arbitrary pieces, in order. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const next = at + Math.max(1, lengths[i % Math.max(1, lengths.length)] ?? bytes.length);
    pieces.push(bytes.subarray(at, next));
    at = next;
  }
  return pieces;
}

/** Lengths by which `cut` cuts, over and over. */
export const chunks = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

/** Changes to octets: each at a place, to a value; the place wraps round. */
export const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });

/** A copy of the octets with the changes. */
export function edited(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, octet] of changes) if (copy.length > 0) copy[at % copy.length] = octet;
  return copy;
}
