/** test/vectors/bitcoin-family.json, checked and typed. */
import { readFileSync } from "node:fs";
import { hexToBytes } from "@noble/hashes/utils.js";
import * as v from "valibot";

const EndpointSchema = v.strictTuple([v.number(), v.string(), v.number()]);
const EntrySchema = v.object({ time: v.number(), services: v.number(), host: v.nullable(v.string()), port: v.number() });
const DecodedSchema = v.object({
  magic: v.string(),
  command: v.string(),
  payload_len: v.number(),
  version: v.optional(v.number()),
  services: v.optional(v.number()),
  timestamp: v.optional(v.number()),
  addr_recv: v.optional(EndpointSchema),
  addr_from: v.optional(EndpointSchema),
  nonce: v.optional(v.string()),
  user_agent: v.optional(v.string()),
  start_height: v.optional(v.number()),
  relay: v.optional(v.number()),
  entries: v.optional(v.array(EntrySchema)),
});
const VerdictsSchema = v.array(v.strictTuple([v.string(), v.string()]));
const PayloadSchema = v.object({ hex_payload: v.string() });

const VectorsSchema = v.object({
  generated: v.record(v.string(), v.object({ hex: v.string(), decoded: DecodedSchema })),
  captured: v.array(v.object({ hex: v.string(), source: v.string(), decoded: DecodedSchema })),
  upstream: v.object({
    netbase_tests_stream_addrv1: PayloadSchema,
    netbase_tests_stream_addrv2: PayloadSchema,
    net_tests_addrv2: VerdictsSchema,
    btcd_msgversion_base_payload: PayloadSchema,
    btcd_addrv2: VerdictsSchema,
  }),
});

const vectors = v.parse(VectorsSchema, JSON.parse(readFileSync(new URL("../vectors/bitcoin-family.json", import.meta.url), "utf8")));

export type DecodedVector = v.InferOutput<typeof DecodedSchema>;

/** One complete message with what it says. */
export interface MessageVector {
  readonly name: string;
  readonly hex: string;
  readonly bytes: Uint8Array;
  readonly decoded: DecodedVector;
}

/** Every complete message: made from fixed fields, or captured from real nodes. */
export const MESSAGE_VECTORS: readonly MessageVector[] = [
  ...Object.entries(vectors.generated).map(([name, { hex, decoded }]) => ({ name, hex, decoded })),
  ...vectors.captured.map(({ source, hex, decoded }) => ({ name: source, hex, decoded })),
].map((vector) => Object.assign(vector, { bytes: hexToBytes(vector.hex) }));

/** Payloads and addresses from the tests of Bitcoin Core and btcd. */
export const UPSTREAM_VECTORS = vectors.upstream;
