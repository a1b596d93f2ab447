/** A caller of fake Decred nodes, for tests. */
import type { PeerAddress } from "../../../schema/address.ts";
import { decodeAddrv2 } from "../../protocols/decred/addrv2.ts";
import { blakeChecksum } from "../../protocols/decred/frame.ts";
import { DECRED_LIMITS } from "../../protocols/decred/limits.ts";
import { decodeAddr, decodeVersion } from "../../protocols/decred/messages.ts";
import { call, type Caller, type Tongue } from "../envelope/test-caller.ts";

const TONGUE: Tongue = {
  checksum: blakeChecksum,
  limits: {
    ...DECRED_LIMITS,
    payload: { ...DECRED_LIMITS.payload, addr: 1_000_000, addrv2: 1_000_000, sendheaders: 0 },
  },
  version: 12,
  addrv2: false,
  decodeVersion,
  decodeAddr,
  decodeAddrv2,
};

/** Calls an address. The caller states version 12, so that the node's version decides. */
export const callDecred = (address: PeerAddress, magic: string): Promise<Caller> => call(address, magic, TONGUE);
