/**
 * Fake nodes of the Decred family. Beside the faithful: `legacy` is a dcrd 1.8, which states version 9 and answers as promptly as any; `announcer`
 * tells itself to whoever calls, as dcrd does only to those it called. Unlike dcrd, which tells only of nodes that it reached itself, all tell of
 * dead ones too: a crawl of the devnet would never meet them.
 */
import type { NetworkOf } from "../../../schema/network.ts";
import { blakeChecksum } from "../../protocols/decred/frame.ts";
import { DECRED_LIMITS } from "../../protocols/decred/limits.ts";
import type { FrameLimits } from "../../protocols/envelope/frame.ts";
import { behave } from "../envelope/behave.ts";
import type { Kin } from "../envelope/side.ts";
import type { DevnetFamily } from "../families.ts";
import { below } from "../random.ts";
import { statements, type Sayings } from "../statements.ts";
import { unixSeconds } from "../visit.ts";
import { Talk } from "./talk.ts";

/** A handshake takes at most this long (dcrd's negotiateTimeout). */
export const HANDSHAKE_MS = 30_000;

const SAYINGS: Omit<Sayings, "version"> = {
  agents: ["/dcrwire:1.0.0/dcrd:2.1.6(devnet)/", "/dcrwire:1.0.0/dcrd:2.1.0(devnet)/", "/dcrwire:1.0.0/dcrd:2.0.6(devnet)/"],
  /** None, bloom, committed filters, both (dcrd wire/protocol.go). */
  extraServices: [0x0n, 0x2n, 0x4n, 0x6n],
  legacy: { version: 9, agent: "/dcrwire:0.5.0/dcrd:1.8.1(devnet)/" },
  oldAgent: "/dcrwire:0.4.0/dcrd:1.6.0(devnet)/",
};

/** Messages of dcrd (wire/message.go) that a caller may send and a fake node ignores. */
const IGNORED = [
  "getblocks",
  "inv",
  "getdata",
  "notfound",
  "block",
  "tx",
  "getheaders",
  "headers",
  "mempool",
  "miningstate",
  "getminings",
  "sendheaders",
  "feefilter",
  "getcfilterv2",
  "cfilterv2",
  "getcfsv2",
  "cfiltersv2",
  "getinitstate",
  "initstate",
  "mixpairreq",
  "mixkeyxchg",
  "mixcphrtxt",
  "mixslotres",
  "mixfactpoly",
  "mixdcnet",
  "mixconfirm",
  "mixsecrets",
] as const;

/** Octets of such a message: more than a test sends. */
const IGNORED_OCTETS = 60_000;

/** What no caller has to say ends the conversation: dcrd bans for it. */
const FRAMES: FrameLimits = {
  ...DECRED_LIMITS,
  payload: { ...Object.fromEntries(IGNORED.map((command) => [command, IGNORED_OCTETS])), ...DECRED_LIMITS.payload },
  strictCommand: true,
};

export function decredFamily(network: NetworkOf<"decred">): DevnetFamily {
  const kin: Kin = {
    magic: network.wire.magic,
    checksum: blakeChecksum,
    frames: FRAMES,
    handshakeMs: HANDSHAKE_MS,
    // addrmgr.AddressCache: a new sample each time, rounded up, and never the node itself.
    tell: ({ node, world }) =>
      world.gossip.tell(node, unixSeconds(world), { itself: false, round: Math.ceil, draw: below(0x1_0000_0000, world.random) }),
    legacy: () => ({}),
    listen: (side) => {
      const talk = new Talk(side);
      return (message) => talk.handle(message);
    },
  };
  const sayings = { ...SAYINGS, version: network.wire.protocolVersion };
  return {
    statements: (personality, config, random) => statements(sayings, personality, config, network, random),
    behave: (visit) => behave(visit, kin),
  };
}
