/**
 * A conversation with a node of the Decred family, after dcrd's peer/peer.go. Any message that a node does not know costs us a day's ban, so
 * we say `version`, `verack`, `getaddr` and `pong`, and nothing else.
 */
import type { NetworkOf } from "../../../schema/network.ts";
import { EnvelopeSession, type Agreement, type Dialect } from "../envelope/session.ts";
import type { Session, SessionContext } from "../session.ts";
import { WireError } from "../wire-error.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { blakeChecksum } from "./frame.ts";
import { ADDRV2_VERSION, DECRED_LIMITS, DECRED_TIMEOUTS_MS } from "./limits.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

const illegal = (field: string): never => {
  throw new WireError(field, "is not for this protocol version");
};

/** Below version 12: `addr`, and a little may come before `verack`. */
const OLD: Agreement = {
  offers: [],
  beforeVerack: 2,
  gossip: new Map([
    ["addr", decodeAddr],
    ["addrv2", () => illegal("addrv2")],
  ]),
  gossipMs: DECRED_TIMEOUTS_MS.gossip,
};

const NEW: Agreement = {
  ...OLD,
  beforeVerack: 0,
  gossip: new Map([
    ["addr", () => illegal("addr")],
    ["addrv2", decodeAddrv2],
  ]),
};

/** A session with one peer. */
export function createDecredSession(network: NetworkOf<"decred">, context: SessionContext): Session {
  const { magic, protocolVersion } = network.wire;
  const dialect: Dialect = {
    magic,
    protocolVersion,
    checksum: blakeChecksum,
    frames: DECRED_LIMITS,
    sessionEntries: DECRED_LIMITS.sessionEntries,
    handshakeMs: DECRED_TIMEOUTS_MS.handshake,
    // One message is the whole answer.
    graceMs: 0,
    beforeVersion: 0,
    decodeVersion,
    decodeNonce,
    agree: ({ version }) => (Math.min(version, protocolVersion) < ADDRV2_VERSION ? OLD : NEW),
  };
  return new EnvelopeSession(network, dialect, context);
}
