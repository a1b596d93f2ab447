/** Service bits: 64 bits on the wire, lower-case hex without leading zeros everywhere else. */
import { WireError } from "../wire-error.ts";

/** Service bits as hex. */
export const servicesHex = (bits: bigint): string => bits.toString(16);

/** Hex as service bits. Throws `WireError` for text that is not 1 to 16 hex digits. */
export function servicesBits(hex: string): bigint {
  if (!/^[0-9a-f]{1,16}$/.test(hex)) throw new WireError("services", "is not up to 64 bits of hex");
  return BigInt(`0x${hex}`);
}
