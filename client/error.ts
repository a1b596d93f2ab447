/** Every way in which the client can fail, by a reason that stays the same between versions. */

/** What each reason means. Those about a snapshot itself are the ones that edges and name servers use in their metrics. */
export const FAILURES = {
  unsealed: "its seal is missing or malformed",
  "unknown-key": "it is signed by a key that was not given for it",
  "bad-digest": "its bytes are not the ones that were sealed",
  "bad-signature": "its signature is not the stated key's over these bytes",
  malformed: "it is signed, but no snapshot",
  "wrong-network": "it is another network's",
  "wrong-seq": "its seal states another number",
  expired: "it has expired",
  "rolled-back": "it is older than one seen before",
  forked: "it does not go with the one seen before: there are two lists",
  unreachable: "there was no answer",
  timeout: "there was no whole answer in time",
  "bad-status": "the answer was an error",
  "too-large": "the answer was longer than allowed",
  unsupported: "this platform cannot check Ed25519 signatures (in browsers: only pages from https or localhost can)",
} as const;

export type Failure = keyof typeof FAILURES;

/** What came of asking one source. */
export interface SourceFailure {
  /** The snapshot's address there. */
  readonly source: string;
  readonly reason: Failure;
}

/** No list that may be used. `reason` is the first source's; `failures` has all of them, in the order in which they were asked. */
export class SeedcastError extends Error {
  override name = "SeedcastError";
  readonly reason: Failure;
  readonly failures: readonly SourceFailure[];
  constructor(reason: Failure, options: { readonly failures?: readonly SourceFailure[]; readonly cause?: unknown } = {}) {
    const { failures = [], cause } = options;
    super(`${reason}: ${FAILURES[reason]}${failures.map((each) => `\n  ${each.source}: ${each.reason}`).join("")}`, { cause });
    this.reason = reason;
    this.failures = failures;
  }
}
