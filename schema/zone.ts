/** A zone: the DNS name under which one network's peers are served, and the policy by which they are judged. */
import * as v from "valibot";
import { NetworkSchema, NetworkNameSchema } from "./network.ts";

const NAME = /^(?!.{253})([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+$/;
export const DnsNameSchema = v.pipe(v.string(), v.regex(NAME, "expected a lower-case DNS name with a final dot"));
const SecondsSchema = (fallback: number, least = 0) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(31_536_000)), fallback);

export const ZoneSchema = v.strictObject({
  /** The zone's apex, lower case, with a final dot: `navio.seed.example.org.` */
  name: DnsNameSchema,
  /** A shipped network's name, or the parameters of one we have never heard of. */
  network: v.union([NetworkNameSchema, NetworkSchema]),
  /** The zone's name servers, equal to the delegation in the parent zone. */
  nameservers: v.pipe(v.array(DnsNameSchema), v.minLength(1), v.maxLength(13)),
  /** SOA RNAME: the operator's mailbox as a DNS name. */
  contact: DnsNameSchema,
  /** Host names by which Decred clients reach `/api/addrs` for this network, beside the zone's own name. */
  hosts: v.optional(v.array(v.string()), []),
  /** How long in seconds a peer must have been seen good before it is servable. */
  tenure: SecondsSchema(3_600),
  /** By how many vantages. */
  quorum: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)), 1),
  /** A vantage silent for longer than this no longer counts. */
  silence: SecondsSchema(900, 60),
  /** The least time in seconds between two snapshots. A Bitcoin-sized network on the free plan wants 360: rows read, KV writes. */
  interval: SecondsSchema(60, 1),
  /** Records in a DNS answer. 25 A records fit a 512-octet UDP answer. */
  records: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 25),
  /** TTL of A and AAAA in seconds; the field's policies ask for 60 or more. */
  ttl: SecondsSchema(60, 30),
  /** Age in seconds up to which a snapshot is fresh. */
  fresh: SecondsSchema(900, 60),
  /** Age in seconds past which a snapshot is not served at all. */
  expire: SecondsSchema(86_400, 300),
});
export type Zone = Readonly<v.InferOutput<typeof ZoneSchema>>;

/**
 * The value of the longest apex at or above a DNS name, both in text form, lower case, with a final dot. Dots that are part of a
 * label are escaped in text (RFC 1035 §5.1) and end nothing.
 */
export function findEnclosing<T>(byApex: ReadonlyMap<string, T>, name: string): T | undefined {
  let start = 0;
  while (start < name.length) {
    const found = byApex.get(name.slice(start));
    if (found !== undefined) return found;
    while (start < name.length && name[start] !== ".") start += name[start] === "\\" ? 2 : 1;
    start++;
  }
  return undefined;
}
