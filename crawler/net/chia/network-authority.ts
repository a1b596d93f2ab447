/** From a network to whoever signs its nodes' certificates. */
import type { NetworkOf } from "../../../schema/network.ts";
import { DEVNET_CHIA } from "../../../schema/networks/devnet.ts";
import { CHIA_AUTHORITY, type Authority } from "./authority.ts";
import { devnetAuthority } from "./devnet-authority.ts";

/** Chia's public authority for all networks but our devnet, whose own has a key. */
export const authorityOf = ({ wire }: NetworkOf<"chia">): Promise<Authority> =>
  wire.networkId === DEVNET_CHIA.wire.networkId ? devnetAuthority() : Promise.resolve(CHIA_AUTHORITY);
