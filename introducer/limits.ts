/** Every limit of the introducer: what one client, or all of them together, may cost it. */
export const INTRODUCER_LIMITS = {
  /** Peers in one answer; Chia's own introducer gives no more (chia/introducer/introducer.py, max_peers_to_send). */
  peers: 20,
  /** Connections at once. Each costs a socket, TLS state and at most one message. */
  connections: 500,
  /** Connections at once from one source prefix (a /24 or /56). A client needs one, for a second or two. */
  connectionsPerSource: 8,
  /** New connections from one source prefix, sustained and at once: each costs a signature of 2,048 bits. Clients come back after minutes. */
  arrivalsPerSecond: 0.5,
  arrivalBurst: 30,
  /** Source prefixes remembered for that rate; beyond, the memory starts afresh. */
  prefixes: 50_000,
  /** From the connection to the end of TLS, and from there to the client's handshake. Chia's nodes allow 30 s for either. */
  handshakeTimeoutMs: 10_000,
  /** A connection's whole life. A client that has its peers hangs up at once. */
  lifetimeMs: 60_000,
  /** After our handshake or the last answer. */
  idleTimeoutMs: 20_000,
  /** For the client's half of a WebSocket close. */
  closeTimeoutMs: 2_000,
  /** Frames of one connection, handshake and pings included. Chia's nodes allow 100 requests in a minute, which is a life here (chia/server/rate_limit_numbers.py). */
  frames: 20,
  /** Octets of one message. A handshake has some 70, a request 6. */
  messageOctets: 4_096,
  /** Fragments of one message. Clients send whole ones. */
  fragments: 4,
  /** Octets of the upgrade request's head. */
  headOctets: 4_096,
} as const;

export type IntroducerLimits = { readonly [Limit in keyof typeof INTRODUCER_LIMITS]: number };
