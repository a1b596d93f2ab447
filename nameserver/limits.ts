/** Every limit of the name server: what one client, or all of them together, may cost it. */
export const NAMESERVER_LIMITS = {
  /** TCP connections at once. Each costs a socket, and its share of `heldOctets`. */
  connections: 1_000,
  /** TCP connections at once from one source prefix. RFC 7766 §6.2.2 asks clients for one. */
  connectionsPerSource: 16,
  /** A TCP client must complete a query within this time, counted from the connection's start or its last query (RFC 7766 §6.2.3). */
  queryTimeoutMs: 10_000,
  /** The whole life of a TCP connection, however busy: a client that asks just in time must not keep its place from others for ever. */
  connectionTimeoutMs: 120_000,
  /** Queries of one connection that are answered before all others have their turn: some hundred microseconds. */
  queriesPerTurn: 64,
  /** Octets of answers that a TCP client may leave unread before no more of its queries are read; it then has `queryTimeoutMs` to read. */
  unreadOctets: 65_536,
  /** Octets that all TCP clients together may make the server hold, queries and answers; above it, who has most of them is cut off. */
  heldOctets: 32 * 1024 * 1024,
  /** UDP queries from one source prefix that are answered, a second and at once. A resolver asks once a TTL; a reflected victim never asks. */
  answersPerSecond: 20,
  answerBurst: 100,
  /** Over the rate, one query in so many gets an empty answer with TC set, so that a real resolver behind the prefix comes by TCP. */
  slip: 2,
  /** Source prefixes remembered for the rate limit; beyond, the memory starts afresh. */
  prefixes: 50_000,
  /** The longest network list read from the edge. */
  listOctets: 4 * 1024 * 1024,
  /** How often in seconds the edge is asked which networks it serves. */
  listSeconds: 300,
} as const;
