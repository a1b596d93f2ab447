/**
 * A report is what a vantage currently says about a peer, with the evidence. A vantage's reports of one network are its
 * reported set; both sides keep its digest, so they can always tell that they disagree.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import * as v from "valibot";
import { MAX_ADDRESS_LENGTH } from "./address.ts";
import { AsnSchema, CoordinatesSchema, CountrySchema } from "./location.ts";
import { ServicesSchema } from "./network.ts";

/** `good`: deserves to be served. `lapsed`: was good, is not now. Gone is the absence of a report. */
export const REPORT_STATES = ["good", "lapsed"] as const;
export type ReportState = (typeof REPORT_STATES)[number];

/** Why a probe did not verify a peer. Stable: they appear in reports, metrics and "check my node". */
export const PROBE_FAILURES = [
  "refused", // nobody listens there
  "unreachable", // no route, or the proxy could not get there
  "connect-timeout", // no answer to the connection attempt
  "handshake-timeout", // connected, then no complete handshake in time
  "tls-failed", // no TLS 1.3, or a certificate that the network's authority did not sign or that has expired
  "closed", // the peer hung up before the handshake was complete
  "wrong-network", // the peer speaks another network's magic
  "malformed", // bytes that are not this protocol
  "flooding", // more bytes or entries than the protocol allows
  "self", // we reached ourselves
  "version-too-old",
  "services-missing",
  "height-stale", // stuck: too far behind the network
] as const;
export type ProbeFailure = (typeof PROBE_FAILURES)[number];

/** The longest user agent kept; the wire allows 256 octets. */
export const MAX_AGENT_LENGTH = 256;

const SecondsSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));

/** One report on the wire. Times are Unix seconds. Short keys would save nothing after compression. */
export const ReportSchema = v.strictObject({
  /** Canonical text form; the registry parses and checks it. */
  address: v.pipe(v.string(), v.maxLength(MAX_ADDRESS_LENGTH)),
  state: v.picklist(REPORT_STATES),
  /** Why it lapsed: the last probe's failure, or `unreliable` where the probe passed but the history is too poor. */
  reason: v.optional(v.picklist([...PROBE_FAILURES, "unreliable"])),
  services: ServicesSchema,
  /** Protocol version the peer stated. */
  version: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0x7fff_ffff)),
  /** User agent, control characters removed; well-formed, so that it comes back from any store as it went in. */
  agent: v.pipe(v.string(), v.maxLength(MAX_AGENT_LENGTH), v.regex(/^[^\p{Cc}\p{Cs}]*$/u, "expected text without control characters")),
  /** Block height when it was last reported; 0 where the protocol tells none. */
  height: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0x7fff_ffff)),
  /** Start of tenure: since when the peer has been seen good without a long gap. */
  since: SecondsSchema,
  /** When the probe behind this report ended. */
  seen: SecondsSchema,
  /** Reliability in the five windows (2 h, 8 h, 1 d, 7 d, 30 d), in thousandths. */
  reliability: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))), v.length(5)),
  /** Who announces the address, and where it is, as this vantage's tables tell; absent where they do not. */
  asn: v.optional(AsnSchema),
  country: v.optional(CountrySchema),
  coordinates: v.optional(CoordinatesSchema),
  /** For how long the node says it has been up, in seconds; absent where it says nothing. */
  uptime: v.optional(SecondsSchema),
});
export type Report = Readonly<v.InferOutput<typeof ReportSchema>>;

/** The digest of an empty reported set: 16 zero octets as hex. */
export const EMPTY_DIGEST = "0".repeat(32);

/** Octets of a fingerprint, and of a digest. */
export const FINGERPRINT_OCTETS = 16;

/**
 * What a fingerprint is of: the report's canonical JSON (fields in the order above, null for one that is absent) in UTF-8. Of the fields that came
 * later, from `asn` on, absent ones at the end are left out, so that reports without any read as they did before and older crawlers stay in step.
 */
export function fingerprintInput(report: Report): Uint8Array<ArrayBuffer> {
  const { address, state, reason, services, version, agent, height, since, seen, reliability, asn, country, coordinates, uptime } = report;
  const later = [asn ?? null, country ?? null, coordinates ?? null, uptime ?? null];
  while (later.at(-1) === null) later.pop();
  const canonical = [address, state, reason ?? null, services, version, agent, height, since, seen, reliability, ...later];
  return utf8ToBytes(JSON.stringify(canonical));
}

/** A report's fingerprint: the first 16 octets of SHA-256 over its canonical JSON. */
export function fingerprint(report: Report): Uint8Array {
  return sha256(fingerprintInput(report)).subarray(0, FINGERPRINT_OCTETS);
}

/**
 * The digest of a reported set is the XOR of its reports' fingerprints, so a change costs only the changed reports.
 * It detects divergence between two honest parties; it is no commitment against a forger.
 */
export function foldDigest(digest: string, removed: Iterable<Report>, added: Iterable<Report>): string {
  const sum = hexToBytes(digest);
  for (const reports of [removed, added]) {
    for (const report of reports) {
      const print = fingerprint(report);
      for (let i = 0; i < FINGERPRINT_OCTETS; i++) sum[i]! ^= print[i]!;
    }
  }
  return bytesToHex(sum);
}
