/** What the Chia family's codecs and sessions accept from a peer; whatever is beyond is `flooding` or `malformed`. */

export const CHIA_LIMITS = {
  /** Octets of one message. A full `respond_peers` has less than 70,000; nodes themselves allow 50 MiB (chia/server/server.py). */
  message: 1024 * 1024,
  /** Octets of all messages of one session: several full answers and the gossip around them. */
  sessionOctets: 4 * 1024 * 1024,
  /** Messages in one session, skipped ones included: the whole of a minute's allowance (chia/server/rate_limit_numbers.py). */
  messages: 1_000,
  /** Octets of a text in a handshake. Nodes truncate software versions at 128 and know no longer network id. */
  text: 128,
  /** Capabilities in a handshake; seven are defined (chia/protocols/shared_protocol.py). */
  capabilities: 64,
  /** Octets of a capability's state; the only one in use is "1". */
  capabilityState: 16,
  /** Entries of one `respond_peers`, and of all of one session (chia/server/node_discovery.py: more are ignored). */
  peers: 1_000,
  sessionPeers: 3_000,
  /** Octets of a host in `respond_peers`: the longest text of an IPv6 address (INET6_ADDRSTRLEN less its zero). Longer ones are skipped unread. */
  host: 45,
} as const;

/** How long a session waits, in milliseconds. Chia's own crawler waits 3 s for peers and 2.5 s for a peak. */
export const CHIA_TIMEOUTS_MS = {
  /** From the open WebSocket to the peer's handshake. */
  handshake: 5_000,
  /** After the handshake, for the peak: a synchronised node tells it at once, one without blocks or without a free slot never. */
  peak: 3_000,
  /** For the answer to `request_peers`: a node answers at once or, while it starts, not at all. */
  peers: 5_000,
} as const;
