/** The networks shipped with Seedcast, by name. */
import { parseNetwork, type Network } from "../network.ts";
import { DEVNET } from "./devnet.ts";

export const NETWORKS: readonly Network[] = [DEVNET];

/** A shipped network, or undefined. */
export function findNetwork(name: string): Network | undefined {
  return NETWORKS.find((network) => network.name === name);
}

export { parseNetwork };
