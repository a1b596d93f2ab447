/** A conversation with a node of the Bitcoin family, after Bitcoin Core's src/net_processing.cpp. */
import type { NetworkOf } from "../../../schema/network.ts";
import type { Checksum } from "../envelope/frame.ts";
import { EnvelopeSession, type Agreement, type Dialect } from "../envelope/session.ts";
import type { VersionMessage } from "../envelope/version.ts";
import type { Session, SessionContext } from "../session.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { doubleSha256 } from "./frame.ts";
import { BITCOIN_LIMITS, BITCOIN_TIMEOUTS_MS } from "./limits.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

/** A network whose peers speak this protocol. */
export type BitcoinNetwork = NetworkOf<"bitcoin">;

/** From this version on a peer may be sent `sendaddrv2` (Core's WTXID_RELAY_VERSION) and answers `getaddr` at once. */
const MODERN_VERSION = 70_016;

/** Whatever form a peer chooses is read. */
const GOSSIP: Agreement["gossip"] = new Map([
  ["addr", decodeAddr],
  ["addrv2", decodeAddrv2],
]);

/** A session with one peer. `checksum` may be a faster implementation than the built-in one. */
export function createBitcoinSession(network: BitcoinNetwork, context: SessionContext, checksum: Checksum = doubleSha256): Session {
  return new EnvelopeSession(network, dialect(network, checksum), context);
}

function dialect(network: BitcoinNetwork, checksum: Checksum): Dialect {
  const { magic, protocolVersion, maxMessage } = network.wire;
  return {
    magic,
    protocolVersion,
    checksum,
    frames: { ...BITCOIN_LIMITS, skippedOctets: maxMessage ?? BITCOIN_LIMITS.skippedOctets },
    sessionEntries: BITCOIN_LIMITS.sessionEntries,
    handshakeMs: BITCOIN_TIMEOUTS_MS.handshake,
    graceMs: BITCOIN_TIMEOUTS_MS.grace,
    // Core ignores whatever comes before `version`, and so do we.
    beforeVersion: Infinity,
    decodeVersion,
    decodeNonce,
    agree: (theirs) => agree(network.wire, theirs),
  };
}

function agree({ protocolVersion, addrv2, gossipWaitMs }: BitcoinNetwork["wire"], { version }: VersionMessage): Agreement {
  const modern = Math.min(version, protocolVersion) >= MODERN_VERSION;
  const gossipMs = version >= MODERN_VERSION ? BITCOIN_TIMEOUTS_MS.gossip : BITCOIN_TIMEOUTS_MS.gossipOld;
  return {
    // BIP155: after their version, before our verack. Later it costs the connection.
    offers: addrv2 && modern ? ["sendaddrv2"] : [],
    beforeVerack: Infinity,
    gossip: GOSSIP,
    gossipMs: gossipWaitMs ?? gossipMs,
  };
}
