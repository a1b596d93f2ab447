/** test/vectors/nano.json, checked and typed. */
import { readFileSync } from "node:fs";
import { hexToBytes } from "@noble/hashes/utils.js";
import * as v from "valibot";

const hex = v.pipe(
  v.string(),
  v.transform((text) => hexToBytes(text)),
);
const MessageSchema = v.object({ hex, len: v.number() });

const VectorsSchema = v.object({
  keys: v.object({
    clientPrv: hex,
    clientPub: hex,
    serverPrv: hex,
    serverPub: hex,
    clientCookie: hex,
    serverCookie: hex,
    salt: hex,
    genesisLive: hex,
  }),
  genesis: v.object({ live: v.string(), beta: v.string(), test: v.string(), dev: v.string() }),
  verify_only: v.array(v.object({ pub: hex, msg: hex, sig: hex, valid: v.boolean(), source: v.string() })),
});

const MESSAGE_NAMES = [
  "live_query",
  "live_query_response_v2",
  "live_response_v2",
  "live_query_v1",
  "live_query_response_v1",
  "live_response_v1",
  "live_keepalive_self",
  "live_keepalive_empty",
  "live_telemetry_req",
  "live_telemetry_ack",
  "live_telemetry_ack_empty",
  "dev_query",
] as const;
export type NanoVector = (typeof MESSAGE_NAMES)[number];

const text = readFileSync(new URL("../vectors/nano.json", import.meta.url), "utf8");
const file = v.parse(v.looseObject({}), JSON.parse(text));

export const { keys: NANO_KEYS, genesis: NANO_GENESES, verify_only: NANO_SIGNATURES } = v.parse(VectorsSchema, file);

/** Whole messages by name. */
export const NANO_MESSAGES = v.parse(v.object(v.entriesFromList(MESSAGE_NAMES, MessageSchema)), file);

/** Every key of the file that is not a message: a vector that is added is not overlooked. */
export const NANO_OTHER_KEYS = Object.keys(file).filter((name) => !(name in NANO_MESSAGES));
