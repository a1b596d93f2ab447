/** For tests: keys with public halves that are all different. They cannot sign. */
import { base64urlnopad } from "@scure/base";
import type { Role } from "./keys.ts";
import type { NewKey } from "./rollover.ts";

/** The `number`th key, of algorithm 15. */
export function paperKey(role: Role, number: number): NewKey {
  const octets = Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? number >>> (8 * i) : (number * 31 + i * i * 7) & 0xff));
  return { role, algorithm: 15, x: base64urlnopad.encode(octets), d: base64urlnopad.encode(new Uint8Array(32)) };
}
