/** Scripted peers of the Bitcoin family. */
import { doubleSha256 } from "../../crawler/protocols/bitcoin/frame.ts";
import { BITCOIN_LIMITS } from "../../crawler/protocols/bitcoin/limits.ts";
import type { VersionMessage } from "../../crawler/protocols/envelope/version.ts";
import type { Evidence, Hearsay, SessionContext } from "../../crawler/protocols/session.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { BITCOIN } from "../../schema/networks/bitcoin.ts";
import { EnvelopeScript, NOW } from "./envelope-peer.ts";

export const entry = (host: string, port = 8333): Hearsay => ({ address: { family: "ipv4", host, port }, services: "9", time: NOW - 60 });
export const ANSWER = [entry("25.1.0.1"), entry("25.2.0.1")];

export const PEER: VersionMessage = {
  version: 70016,
  services: "c09",
  timestamp: BigInt(NOW),
  receiver: { services: "0", address: { family: "ipv4", host: "25.200.0.1", port: 40000 } },
  sender: { services: "c09", address: { family: "ipv6", host: "::", port: 0 } },
  nonce: 77n,
  userAgent: "/Satoshi:30.0.0/",
  startHeight: 900_000,
  relay: true,
};
export const EVIDENCE: Evidence = { services: "c09", version: 70016, agent: "/Satoshi:30.0.0/", height: 900_000 };

export class Script extends EnvelopeScript<NetworkOf<"bitcoin">> {
  constructor(network: NetworkOf<"bitcoin"> = BITCOIN, context: Partial<SessionContext> = {}) {
    super(network, { checksum: doubleSha256, limits: BITCOIN_LIMITS, version: PEER }, context);
  }
}

/** A session that has verified its peer and asked it for addresses. */
export const verified = (network: NetworkOf<"bitcoin"> = BITCOIN, version: Partial<VersionMessage> = {}): Script =>
  new Script(network).open().greets(version).says("verack");
