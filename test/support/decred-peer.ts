/** Scripted peers of the Decred family. */
import { blakeChecksum } from "../../crawler/protocols/decred/frame.ts";
import { DECRED_LIMITS } from "../../crawler/protocols/decred/limits.ts";
import type { VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import type { Evidence, Hearsay, SessionContext } from "../../crawler/protocols/session.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { DECRED } from "../../schema/networks/decred.ts";
import { EnvelopeScript, NOW } from "./envelope-peer.ts";

/** Mainnet when releases speak version 12. */
export const DECRED_12: NetworkOf<"decred"> = { ...DECRED, wire: { ...DECRED.wire, protocolVersion: 12 } };

export const entry = (host: string, port = 9108): Hearsay => ({ address: { family: "ipv4", host, port }, services: "5", time: NOW - 60 });
export const ANSWER = [entry("25.1.0.1"), entry("25.2.0.1")];

/** dcrd 2.1.6. */
export const PEER: VersionMessage = {
  version: 11,
  services: "5",
  timestamp: BigInt(NOW),
  receiver: { services: "0", address: { family: "ipv4", host: "25.200.0.1", port: 40000 } },
  sender: { services: "5", address: { family: "ipv6", host: "::", port: 0 } },
  nonce: 77n,
  userAgent: "/dcrwire:1.0.0/dcrd:2.1.6/",
  startHeight: 1_100_000,
  relay: true,
};
export const EVIDENCE: Evidence = { services: "5", version: 11, agent: "/dcrwire:1.0.0/dcrd:2.1.6/", height: 1_100_000 };

export class Script extends EnvelopeScript<NetworkOf<"decred">> {
  constructor(network: NetworkOf<"decred"> = DECRED, context: Partial<SessionContext> = {}) {
    super(network, { checksum: blakeChecksum, limits: DECRED_LIMITS, version: PEER }, context);
  }
}

/** A session that has verified its peer and asked it for addresses. */
export const verified = (network: NetworkOf<"decred"> = DECRED, version: Partial<VersionMessage> = {}): Script =>
  new Script(network).open().greets(version).says("verack");

/** A session with a peer of version 12 that has done the same. */
export const verified12 = (): Script => verified(DECRED_12, { version: 12 });
