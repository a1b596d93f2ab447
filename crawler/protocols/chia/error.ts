/** The `error` message, and the errors that nodes give as the reason of a WebSocket close (chia/util/errors.py). */
import type { ProbeFailure } from "../../../schema/report.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { CHIA_LIMITS } from "./limits.ts";
import { readBytes, readOptional, readText, writeBytes, writeOptional, writeText } from "./streamable.ts";

/** Errors by which nodes break off (chia/util/errors.py). */
export const ERRORS = { unknown: 1, incompatibleNetwork: 110, invalidHandshake: -6, invalidMessage: -4 } as const;

export interface ErrorMessage {
  /** A signed number of 16 bits. */
  readonly code: number;
  readonly message: string;
  readonly data?: Uint8Array;
}

/** Decodes an error's data, all of it. Throws `WireError`. */
export function decodeError(octets: Uint8Array): ErrorMessage {
  const reader = new Reader(octets);
  const code = (reader.u16be("code") << 16) >> 16;
  const message = readText(reader, CHIA_LIMITS.message, "message");
  const data = readOptional(reader, "data", () => readBytes(reader, CHIA_LIMITS.message, "data"));
  reader.end("error");
  return data === undefined ? { code, message } : { code, message, data };
}

/** Encodes an error's data. Throws `WireError` for a code that does not fit. */
export function encodeError({ code, message, data }: ErrorMessage): Uint8Array {
  const writer = new Writer().u16be(code < 0 ? code + 0x1_0000 : code, "code");
  writeText(writer, message, "message");
  writeOptional(writer, data, "data", (value) => writeBytes(writer, value, "data"));
  return writer.finish();
}

/** The WebSocket close code under which nodes give an error (RFC 6455 §7.4.1: protocol error). */
export const ERROR_CLOSE_CODE = 1_002;

/** What the close of a WebSocket says about the peer: the reason is an error's number in decimal. */
export function closeFailure(closeCode: number, reason: string): { readonly failure: ProbeFailure; readonly detail: string } | undefined {
  if (closeCode !== ERROR_CLOSE_CODE || !/^-?\d{1,5}$/.test(reason)) return undefined;
  if (Number(reason) === ERRORS.incompatibleNetwork)
    return { failure: "wrong-network", detail: "the peer says that our network is not its" };
  return { failure: "closed", detail: `the peer hung up for its error ${reason}` };
}
