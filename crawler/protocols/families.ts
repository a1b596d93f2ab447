/** From a network to the protocol that its peers speak. */
import type { Network } from "../../schema/network.ts";
import type { Checksum } from "./envelope/frame.ts";
import { createBitcoinSession } from "./bitcoin/session.ts";
import { createChiaSession } from "./chia/session.ts";
import { createDecredSession } from "./decred/session.ts";
import { createNanoSession } from "./nano/session.ts";
import type { Session, SessionContext } from "./session.ts";

/**
 * A session with one peer of the network. `checksum` replaces the Bitcoin family's pure implementation by a faster one that gives the same octets.
 */
export function createSession(network: Network, context: SessionContext, checksum?: Checksum): Session {
  const { wire } = network;
  switch (wire.family) {
    case "bitcoin":
      return createBitcoinSession({ ...network, wire }, context, checksum);
    case "chia":
      return createChiaSession({ ...network, wire }, context);
    case "decred":
      return createDecredSession({ ...network, wire }, context);
    case "nano":
      return createNanoSession({ ...network, wire }, context);
    default:
      throw new TypeError(`no protocol for family ${String(wire satisfies never)}`);
  }
}
