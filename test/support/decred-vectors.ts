/** test/vectors/decred.json, checked and typed. */
import { readFileSync } from "node:fs";
import * as v from "valibot";

const EntrySchema = v.strictObject({ time: v.number(), services: v.string(), address: v.string() });

const VectorsSchema = v.object({
  fields: v.strictObject({
    version: v.strictObject({
      timestamp: v.number(),
      receiver: v.string(),
      sender: v.string(),
      nonce: v.string(),
      userAgent: v.string(),
    }),
    nonce: v.string(),
    addr: v.array(EntrySchema),
    onionKey: v.string(),
  }),
  messages: v.array(v.strictObject({ command: v.string(), magic: v.string(), version: v.number(), hex: v.string() })),
  upstream: v.object({
    version: v.object({ payload: v.string() }),
    addr: v.object({ payload: v.string() }),
    addrv2: v.object({ entries: v.strictObject({ ipv4: v.string(), ipv6: v.string(), torv3: v.string(), unknown: v.string() }) }),
  }),
  blake256: v.array(v.strictObject({ input: v.string(), hash: v.string() })),
});

/** What dcrd's wire package writes, and what its tests contain. */
export const DECRED_VECTORS = v.parse(VectorsSchema, JSON.parse(readFileSync(new URL("../vectors/decred.json", import.meta.url), "utf8")));
