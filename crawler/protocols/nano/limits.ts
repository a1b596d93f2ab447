/** What Nano's codecs and session accept from a peer, and how long they wait; whatever is beyond is `flooding` or `malformed`. */

export const NANO_LIMITS = {
  /** Messages in one session, skipped ones included. A busy node sends a hundred votes a second to each of its channels; a harvest takes 65 s. */
  messages: 20_000,
  /** Payload octets of messages skipped in one session: blocks and votes of a harvest on a busy network. */
  skippedOctets: 4_000_000,
  /** Keepalives in one session. An honest node sends one at once, then one each 15 s at most twice over. */
  keepalives: 32,
} as const;

/** How long the session waits, in milliseconds. */
export const NANO_TIMEOUTS_MS = {
  /** From the open connection to the peer's answer. It forgets the cookie that it gave us after 5 s, so a later one could not be used (SYN_COOKIE_CUTOFF). */
  handshake: 5_000,
  /** From our response to the first keepalive with peers. A node sends it at once, one that was just started perhaps not. */
  keepalive: 10_000,
  /** From our response to the telemetry, which a node sends to all its channels each 60 s; the rest is for the way. */
  telemetry: 65_000,
} as const;
