/** What Decred's codecs and session accept from a peer; whatever is beyond is `flooding` or `malformed`. */
import { MAX_USER_AGENT } from "../agent.ts";
import { MAX_ADDR_ENTRIES, MAX_ADDR_PAYLOAD } from "../envelope/addr.ts";

/** From this version on gossip is `addrv2` and never `addr`, and `verack` follows `version` at once (dcrd wire.AddrV2Version). */
export const ADDRV2_VERSION = 12;

/** Octets of the largest entry of `addrv2`: time 8, services 8, type 1, Tor v3 key 32, port 2. */
const MAX_ADDRV2_ENTRY = 51;

export const DECRED_LIMITS = {
  /** Largest payload in octets of every command that we read: each message's MaxPayloadLength in dcrd wire/. Other commands are skipped unread. */
  payload: {
    /** Two addresses of 30, a user agent with a length of 9, and 33 for all else. */
    version: 33 + 2 * 30 + 9 + MAX_USER_AGENT,
    verack: 0,
    getaddr: 0,
    /** A nonce. */
    ping: 8,
    pong: 8,
    addr: MAX_ADDR_PAYLOAD,
    /** Count of 3 octets, and entries. */
    addrv2: 3 + MAX_ADDR_ENTRIES * MAX_ADDRV2_ENTRY,
  },
  /** Payload octets of skipped messages in one session: two of the largest `inv`, which is the most that a node sends unasked. */
  skippedOctets: 4_000_000,
  /** Payload octets of read messages in one session: twice the largest `addrv2`, and pings. */
  readOctets: 120_000,
  /** Messages in one session, skipped ones included. An honest node sends some ten. */
  messages: 1_000,
  /** A node's answer to a wrong checksum is a ban, so no honest one sends any. */
  strictChecksum: true,
  /** Entries of all gossip of one session: one full answer, and as much again. */
  sessionEntries: 2_000,
} as const;

/** How long the session waits, in milliseconds. dcrd allows 30 s for the handshake, dcrseeder 3 s for each step. */
export const DECRED_TIMEOUTS_MS = {
  /** From the open connection to both veracks. */
  handshake: 8_000,
  /** For the answer to `getaddr`, which comes at once or, from a node that knows nobody, never. */
  gossip: 8_000,
} as const;
