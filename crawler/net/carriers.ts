/** From a network to what carries its protocol. */
import type { Network } from "../../schema/network.ts";
import { tcpCarrier, type Carrier } from "./channel.ts";

/** The carrier of a network's family. */
export function carrierOf(_network: Network): Carrier {
  return tcpCarrier;
}
