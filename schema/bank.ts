/**
 * A bank: the pre-signed answers of one DNSSEC zone, made and sealed together with a snapshot. It stands on its own: each sample has its records
 * and their signatures, so that whoever serves it needs neither a key nor the snapshot, and data never meet signatures over other data.
 */
import * as v from "valibot";
import { NetworkNameSchema } from "./network.ts";
import { DnsNameSchema } from "./zone.ts";

export const BANK_FORMAT = "seedcast-bank-1";

/** The most sets in a bank, and samples in a set: a few dozen names with three or four types each; an hour's share of a large network. */
export const MAX_BANK_SETS = 1_000;
export const MAX_BANK_SAMPLES = 256;

const OctetsSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]*$/, "expected base64url"));

/**
 * The records of one sample and the RRSIG records over them, as data in wire form without compression, base64url. Each is preceded by its
 * length in two octets, but for A and AAAA, which have one length.
 */
const SampleSchema = v.strictTuple([OctetsSchema, OctetsSchema]);

/** Owner as labels relative to the apex (empty for the apex itself), type, TTL in seconds, samples. */
const SetSchema = v.strictTuple([
  v.pipe(v.string(), v.regex(/^[a-z0-9_.-]{0,253}$/, "expected labels in lower case")),
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0x7fff_ffff)),
  v.pipe(v.array(SampleSchema), v.minLength(1), v.maxLength(MAX_BANK_SAMPLES)),
]);
export type BankSet = v.InferOutput<typeof SetSchema>;

const SecondsSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const BankSchema = v.strictObject({
  format: v.literal(BANK_FORMAT),
  network: NetworkNameSchema,
  /** The zone's apex, lower case, with a final dot. */
  zone: DnsNameSchema,
  /** The number of the snapshot that it was made with; the serial of its SOA. */
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Unix seconds. The signatures outlive `expires`. */
  generated: SecondsSchema,
  expires: SecondsSchema,
  /** Owners in canonical order (RFC 4034 §6.1): their NSEC sets are the chain. */
  sets: v.pipe(v.array(SetSchema), v.maxLength(MAX_BANK_SETS)),
});
export type BankDocument = Readonly<v.InferOutput<typeof BankSchema>>;

/** Bytes that are not a bank; the message names the field. */
export class BankError extends Error {
  override name = "BankError";
}

/** The exact text to seal and serve. */
export function encodeBank({ network, zone, seq, generated, expires, sets }: Omit<BankDocument, "format">): string {
  return JSON.stringify({ format: BANK_FORMAT, network, zone, seq, generated, expires, sets });
}

/** Parses and checks a bank's text. Throws `BankError`. */
export function decodeBank(text: string): BankDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BankError("bank is not JSON");
  }
  const result = v.safeParse(BankSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new BankError(`bank: ${v.getDotPath(issue) ?? "document"}: ${issue.message}`);
}
