/** A caller of fake Bitcoin nodes, for tests. */
import type { PeerAddress } from "../../../schema/address.ts";
import { DEVNET } from "../../../schema/networks/devnet.ts";
import { decodeAddrv2 } from "../../protocols/bitcoin/addrv2.ts";
import { doubleSha256 } from "../../protocols/bitcoin/frame.ts";
import { BITCOIN_LIMITS } from "../../protocols/bitcoin/limits.ts";
import { decodeAddr, decodeVersion } from "../../protocols/bitcoin/messages.ts";
import { call, type Caller, type Tongue } from "../envelope/test-caller.ts";

const TONGUE: Tongue = {
  checksum: doubleSha256,
  limits: {
    ...BITCOIN_LIMITS,
    payload: { ...BITCOIN_LIMITS.payload, addr: 1_000_000, addrv2: 1_000_000, sendcmpct: 64, feefilter: 64 },
  },
  version: 70_016,
  addrv2: true,
  decodeVersion,
  decodeAddr,
  decodeAddrv2,
};

/** Calls an address. */
export const callBitcoin = (address: PeerAddress, magic: string = DEVNET.wire.magic): Promise<Caller> => call(address, magic, TONGUE);
