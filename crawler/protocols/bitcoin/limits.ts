/** What the Bitcoin family's codecs and session accept from a peer; whatever is beyond is `flooding` or `malformed`. */
import { MAX_ADDR_ENTRIES, MAX_ADDR_PAYLOAD } from "../envelope/addr.ts";

/** BIP155: an address of an unknown network has at most 512 octets. */
const MAX_ADDRV2_ADDRESS = 512;

export const BITCOIN_LIMITS = {
  /** Largest payload in octets of every command that we read. Other commands are skipped unread. */
  payload: {
    /** The longest known form is 344; later versions may append fields, which are ignored as Core does. */
    version: 1_024,
    /** These carry nothing; a little slack for a field that somebody appends. */
    verack: 64,
    getaddr: 64,
    sendaddrv2: 64,
    wtxidrelay: 64,
    /** A nonce of 8 octets, and the same slack. */
    ping: 64,
    pong: 64,
    addr: MAX_ADDR_PAYLOAD,
    /** Count of 3 octets; an entry is time 4, services 9, network 1, length 3, address 512 and port 2 at most. */
    addrv2: 3 + MAX_ADDR_ENTRIES * (4 + 9 + 1 + 3 + MAX_ADDRV2_ADDRESS + 2),
  },
  /** Payload octets of skipped messages in one session where the network states none: Core's MAX_PROTOCOL_MESSAGE_LENGTH. */
  skippedOctets: 4_000_000,
  /** Payload octets of read messages in one session: twice the largest honest `addrv2` answer. */
  readOctets: 1_100_000,
  /** Messages in one session, skipped ones included. An honest peer sends some ten a minute. */
  messages: 1_000,
  /** Entries of one `addr` or `addrv2`: Core's MAX_ADDR_TO_SEND. */
  addrEntries: MAX_ADDR_ENTRIES,
  /** Octets of an address in `addrv2`: Core's MAX_ADDRV2_SIZE. */
  addrv2Address: MAX_ADDRV2_ADDRESS,
  /** Entries of all gossip of one session: one full answer and the trickle around it. */
  sessionEntries: 2_000,
} as const;

/** How long the session waits, in milliseconds. The values follow what Core, sipa's seeder and bitnodes do. */
export const BITCOIN_TIMEOUTS_MS = {
  /** From the open connection to both veracks. Core allows 60 s; a peer that slow is of no use to a newcomer. */
  handshake: 10_000,
  /** For the answer to `getaddr` from peers of version 70016 on: Core 22 and later answer at once. */
  gossip: 20_000,
  /** From older peers: their timer is exponential with a mean of 30 s. */
  gossipOld: 60_000,
  /** After the first real answer, for what follows it: the peer's own address may come in a message of its own. */
  grace: 1_000,
} as const;
