/** test/vectors/chia.json, checked and typed. */
import { readFileSync } from "node:fs";
import { hexToBytes } from "@noble/hashes/utils.js";
import * as v from "valibot";

const FrameSchema = v.pipe(v.string(), v.transform(hexToBytes));
const VectorsSchema = v.object({
  messages: v.record(v.string(), v.object({ hex: FrameSchema, meaning: v.string() })),
  captured: v.array(
    v.object({
      hex: FrameSchema,
      source: v.string(),
      decoded: v.object({
        network_id: v.string(),
        protocol_version: v.string(),
        software_version: v.string(),
        server_port: v.number(),
        node_type: v.number(),
        capabilities: v.array(v.strictTuple([v.number(), v.string()])),
      }),
    }),
  ),
  upstream: v.record(v.string(), v.string()),
});

const vectors = v.parse(VectorsSchema, JSON.parse(readFileSync(new URL("../vectors/chia.json", import.meta.url), "utf8")));

/** Complete frames by name. Throws for a name that is none. */
export function frameVector(name: string): Uint8Array {
  const vector = vectors.messages[name];
  if (vector === undefined) throw new TypeError(`no vector ${name}`);
  return vector.hex;
}

/** Every frame, generated and captured. */
export const FRAME_VECTORS: readonly Uint8Array[] = [
  ...Object.values(vectors.messages).map(({ hex }) => hex),
  ...vectors.captured.map(({ hex }) => hex),
];

/** Frames that real software sent, with what they say. */
export const CAPTURED_HANDSHAKES = vectors.captured;

/** Messages' data from the tests of chia-blockchain, by what they are. */
export const UPSTREAM_DATA: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries(vectors.upstream).flatMap(([name, hex]) =>
    /^([0-9a-f]{2})*$/.test(hex) ? [[name.replace(/\(.*/, ""), hexToBytes(hex)]] : [],
  ),
);
