/** Fake nodes of the Bitcoin family. */
import { hash } from "node:crypto";
import type { NetworkOf } from "../../../schema/network.ts";
import { BITCOIN_LIMITS } from "../../protocols/bitcoin/limits.ts";
import type { Checksum } from "../../protocols/envelope/frame.ts";
import { behave } from "../envelope/behave.ts";
import type { Kin, Manner } from "../envelope/side.ts";
import type { DevnetFamily } from "../families.ts";
import { statements, type Sayings } from "../statements.ts";
import { unixSeconds, type Visit } from "../visit.ts";
import { Talk } from "./talk.ts";

/** A handshake takes at most this long (Core's -peertimeout). */
export const HANDSHAKE_MS = 60_000;

const SAYINGS: Omit<Sayings, "version"> = {
  agents: ["/Devnet:29.1.0/", "/Devnet:29.0.0/", "/Devnet:28.2.0/", "/Devnet:27.1.0/", "/Devnet:0.3.1(pruned)/"],
  /** None, bloom, witness, compact filters, v2 transport, … (src/protocol.h of Core). */
  extraServices: [0x0n, 0x4n, 0x8n, 0xcn, 0x48n, 0x408n, 0x448n, 0xc08n],
  /** Core before 22: below what addrv2 and wtxidrelay need. */
  legacy: { version: 70_015, agent: "/Devnet:0.14.9/" },
  oldAgent: "/Devnet:0.6.2/",
};

/** The checksum of Bitcoin and its descendants, by the platform's faster SHA-256. */
const checksum: Checksum = (payload) => hash("sha256", hash("sha256", payload, "buffer"), "buffer").subarray(0, 4);

/** The exponential has no end; a timer of Node does. */
const MAX_TIMER_MS = 3_600_000;

/** Core before 22: the answer to getaddr waits for an exponential timer (PoissonNextSend in MaybeSendAddr). */
function legacy({ world: { config, random } }: Visit): Manner {
  return { answerMs: Math.min(MAX_TIMER_MS, -Math.log(1 - random()) * config.legacyMeanMs) };
}

export function bitcoinFamily(network: NetworkOf<"bitcoin">): DevnetFamily {
  const kin: Kin = {
    magic: network.wire.magic,
    checksum,
    frames: BITCOIN_LIMITS,
    handshakeMs: HANDSHAKE_MS,
    tell: ({ node, world }) => world.gossip.tell(node, unixSeconds(world)),
    legacy,
    listen: (side) => {
      const talk = new Talk(side, network.wire.addrv2);
      return (message) => talk.handle(message);
    },
  };
  const sayings = { ...SAYINGS, version: network.wire.protocolVersion };
  return {
    statements: (personality, config, random) => statements(sayings, personality, config, network, random),
    behave: (visit) => behave(visit, kin),
  };
}
