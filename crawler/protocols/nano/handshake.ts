/**
 * `node_id_handshake`: each side gives the other a cookie and proves to have its node id by a signature over the cookie that it got
 * (nano-node nano/node/messages.cpp, node_id_handshake). V2 signs a salt and the hash of the genesis block with it.
 */
import { concatBytes } from "@noble/hashes/utils.js";
import { Reader } from "../reader.ts";
import { WireError } from "../wire-error.ts";
import { encodeMessage, HANDSHAKE_FLAG, NANO_TYPE, QUERY_LENGTH, type NanoWire } from "./header.ts";
import { NODE_ID_LENGTH, nodeIdOf, SIGNATURE_LENGTH, sign, verify } from "./signature.ts";

/** What a V2 response signs beside the cookie. */
export interface ResponseV2 {
  readonly salt: Uint8Array;
  readonly genesis: Uint8Array;
}

export interface Response {
  readonly nodeId: Uint8Array;
  /** Undefined in V1. */
  readonly v2: ResponseV2 | undefined;
  readonly signature: Uint8Array;
}

export interface Handshake {
  /** The cookie that the other side shall sign; undefined where none is asked for. */
  readonly cookie: Uint8Array | undefined;
  readonly response: Response | undefined;
  /** The sender understands V2; its response, where there is one, is V2. */
  readonly understandsV2: boolean;
}

export const COOKIE_LENGTH = QUERY_LENGTH;
export const SALT_LENGTH = 32;
const GENESIS_LENGTH = 32;

/** Decodes a payload, whose extensions say what it holds. Throws `WireError`. */
export function decodeHandshake(extensions: number, payload: Uint8Array): Handshake {
  const reader = new Reader(payload);
  const understandsV2 = (extensions & HANDSHAKE_FLAG.v2) !== 0;
  const cookie = (extensions & HANDSHAKE_FLAG.query) === 0 ? undefined : reader.bytes(COOKIE_LENGTH, "cookie");
  const response = (extensions & HANDSHAKE_FLAG.response) === 0 ? undefined : readResponse(reader, understandsV2);
  reader.end("handshake");
  return { cookie, response, understandsV2 };
}

function readResponse(reader: Reader, isV2: boolean): Response {
  const nodeId = reader.bytes(NODE_ID_LENGTH, "node id");
  const v2 = isV2 ? { salt: reader.bytes(SALT_LENGTH, "salt"), genesis: reader.bytes(GENESIS_LENGTH, "genesis") } : undefined;
  return { nodeId, v2, signature: reader.bytes(SIGNATURE_LENGTH, "signature") };
}

/** A whole message. Throws `WireError` where a response and `understandsV2` disagree, or a field has a wrong length. */
export function encodeHandshake(wire: NanoWire, { cookie, response, understandsV2 }: Handshake): Uint8Array {
  if (response !== undefined && (response.v2 !== undefined) !== understandsV2) throw new WireError("response", "is of another version");
  const parts = [
    ...(cookie === undefined ? [] : [cookie]),
    ...(response === undefined ? [] : [response.nodeId]),
    ...(response?.v2 === undefined ? [] : [response.v2.salt, response.v2.genesis]),
    ...(response === undefined ? [] : [response.signature]),
  ];
  const extensions =
    (cookie === undefined ? 0 : HANDSHAKE_FLAG.query) |
    (response === undefined ? 0 : HANDSHAKE_FLAG.response) |
    (understandsV2 ? HANDSHAKE_FLAG.v2 : 0);
  return encodeMessage(wire, NANO_TYPE.handshake, extensions, concatBytes(...parts));
}

/** The response to a cookie: signed with the secret, in V2 where `v2` is given. */
export function respond(cookie: Uint8Array, secret: Uint8Array, v2: ResponseV2 | undefined): Response {
  return { nodeId: nodeIdOf(secret), v2, signature: sign(signedOctets(cookie, v2), secret) };
}

/** Whether the response proves that its sender has the node id that it names. */
export function isProof(cookie: Uint8Array, { nodeId, v2, signature }: Response): boolean {
  return verify(signature, signedOctets(cookie, v2), nodeId);
}

const signedOctets = (cookie: Uint8Array, v2: ResponseV2 | undefined): Uint8Array =>
  v2 === undefined ? cookie : concatBytes(cookie, v2.salt, v2.genesis);
