/** The networks shipped with Seedcast, by name. */
import { parseNetwork, type Network } from "../network.ts";
import { BITCOIN, BITCOIN_REGTEST, BITCOIN_SIGNET, BITCOIN_TESTNET3, BITCOIN_TESTNET4 } from "./bitcoin.ts";
import { CHIA, CHIA_TESTNET11 } from "./chia.ts";
import { DECRED, DECRED_SIMNET, DECRED_TESTNET } from "./decred.ts";
import { DEVNETS } from "./devnet.ts";
import { DOGECOIN, DOGECOIN_TESTNET } from "./dogecoin.ts";
import { LITECOIN, LITECOIN_REGTEST, LITECOIN_TESTNET } from "./litecoin.ts";
import { NANO, NANO_BETA, NANO_TEST } from "./nano.ts";
import { NAVIO, NAVIO_TESTNET } from "./navio.ts";
import { ZCASH, ZCASH_TESTNET } from "./zcash.ts";

export const NETWORKS: readonly Network[] = [
  NAVIO,
  NAVIO_TESTNET,
  BITCOIN,
  BITCOIN_TESTNET3,
  BITCOIN_TESTNET4,
  BITCOIN_SIGNET,
  BITCOIN_REGTEST,
  LITECOIN,
  LITECOIN_TESTNET,
  LITECOIN_REGTEST,
  DOGECOIN,
  DOGECOIN_TESTNET,
  ZCASH,
  ZCASH_TESTNET,
  CHIA,
  CHIA_TESTNET11,
  NANO,
  NANO_BETA,
  NANO_TEST,
  DECRED,
  DECRED_TESTNET,
  DECRED_SIMNET,
  ...DEVNETS,
];

/** A shipped network, or undefined. */
export function findNetwork(name: string): Network | undefined {
  return NETWORKS.find((network) => network.name === name);
}

export { parseNetwork };
