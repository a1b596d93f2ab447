/** The kinds of node that a devnet has. What each does on a connection is in its family's folder. */

/** Nodes that complete the handshake and deserve to be served; each but the first has a habit that a crawler must bear with. */
export const ALIVE = [
  "faithful", // behaves as Bitcoin Core does
  "slow", // answers everything, but only after a while
  "legacy", // as Core before 22: no addrv2, and getaddr is answered by a timer with a mean of 30 s
  "announcer", // tells its own address unasked in a message of one entry, and the real answer later
  "liar", // gossips addresses that do not exist, and absurd times
  "flooder", // answers getaddr with more entries than the protocol allows
  "churner", // comes and goes by the clock
] as const;

/** Addresses at which nobody answers, or nobody who deserves to be served. */
export const FAULTY = [
  "dead", // the connection is reset at once
  "absent", // nobody listens on the port: the system refuses the connection
  "silent", // accepts, and never says a word
  "wrong-magic", // a node of another network, which speaks first and hangs up on us
  "old-version", // states a version below the network's least
  "missing-services", // does not offer the bits that the network asks for
  "stuck", // its height never grows
  "dripper", // its version message comes one octet at a time
  "garbage", // endless octets that are no protocol at all
] as const;

export type AlivePersonality = (typeof ALIVE)[number];
export type FaultyPersonality = (typeof FAULTY)[number];
export type Personality = AlivePersonality | FaultyPersonality;

const ALIVE_SET: ReadonlySet<string> = new Set(ALIVE);

/** True where a correct crawler verifies the node, sooner or later, and calls it good. */
export const isAlive = (personality: Personality): boolean => ALIVE_SET.has(personality);
