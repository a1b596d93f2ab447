/** The judge judged: of a DoH server that is not ours, the conformance runner finds just the faults that it has. */
import { afterAll, describe, expect, it } from "vitest";
import { checkConformance } from "../../conformance/conformance.ts";
import type { Level } from "../../conformance/rule.ts";
import { DEFAULT_TIMEOUT_MS } from "../../conformance/transport.ts";
import { startUnboundDoh } from "./unbound-doh.ts";

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

/** What unbound 1.17 does, by the rule that this breaks. */
const FAULTS: Readonly<Record<Level, Readonly<Record<string, string>>>> = {
  MUST: {
    H2b: "skips characters that base64url has not, and answers what is left (RFC 4648 §3.3 has them rejected)",
    H3b: "answers 415 where the media type is in upper case (RFC 9110 §8.3.1: case does not count)",
    H16c: "agrees to HTTP/1.1 by ALPN, and closes the connection at the first request (RFC 7301 §3.2: what it supports)",
    E7c: "reads an option of 100 octets in an OPT record of 6 as if it were not there (RFC 6891 §7: FORMERR)",
  },
  SHOULD: {
    H3c: "answers 415 where the media type has a parameter (RFC 2046 §1: ignored where not recognised)",
    H6b: "answers 404 to a POST without content, and resets the stream for octets that are no message",
    H6c: "drops a message with QR=1, as over UDP, and resets the stream",
    H6d: "answers a query with octets behind its last record",
    H8b: "says nothing of freshness for auth-zones (RFC 8484 §5.1)",
    H13: "sends content with the 501 that answers HEAD, which ends the connection (RFC 9110 §9.3.2)",
    H14a: "knows nothing of CORS",
    H14b: "knows nothing of CORS",
    H14c: "knows nothing of CORS, nor of OPTIONS",
    D1c: "is a resolver and says so: right of it, but no place for a zone",
    D3b: "copies CD into answers from an auth-zone (RFC 4035 §3.1.6)",
    D7c: "refuses without extended error 20 (RFC 8914 §4.21)",
  },
  MAY: {
    H2d: "takes the first of two messages",
    H6g: "does not look at Accept",
    Z4: "answers ANY with all there is",
    E9e: "pads no answer from an auth-zone",
  },
};

describe("unbound", () => {
  it("fails the rules that it breaks, and no other", async () => {
    const { url, ca, zone } = await startUnboundDoh(undo);
    const signal = new AbortController().signal;
    const { versions, results } = await checkConformance({ url, ca, zone, http: "offered", timeoutMs: DEFAULT_TIMEOUT_MS, signal });
    expect(versions).toEqual(["2"]);
    for (const level of ["MUST", "SHOULD", "MAY"] as const) {
      const failed = results.filter(({ rule, verdict }) => rule.level === level && verdict.state === "fail");
      expect(failed.map(({ rule }) => rule.id)).toEqual(Object.keys(FAULTS[level]));
    }
  });
});
