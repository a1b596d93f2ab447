/** For the contract tests: a real edge with a signed zone, and peers of every kind in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { PUBLISHED_ZONE, startPublishingEdge } from "../support/publishing-edge.ts";
import { newZoneKeys } from "../support/zone-keys.ts";

/** Without the final dot, as clients write it. */
export const APEX = PUBLISHED_ZONE.slice(0, -1);

const NETWORK: Network = { ...DEVNET, name: "contract", scope: "public" };

export const IPV4 = Array.from({ length: 12 }, (_, i) => `20.${i}.0.1`);
export const IPV6 = Array.from({ length: 5 }, (_, i) => `2a0${i}:1::1`);
export const ONION = `${"a".repeat(56)}.onion`;

export interface ContractEdge {
  readonly url: URL;
  stop(): Promise<void>;
}

/** Starts one, with all of it published and signed. */
export async function startContractEdge(): Promise<ContractEdge> {
  const state = await mkdtemp(join(tmpdir(), "seedcast-contract-"));
  const edge = await startPublishingEdge({ state, network: NETWORK, dnssecKeys: newZoneKeys(PUBLISHED_ZONE) });
  const { port } = NETWORK;
  await edge.publish([
    ...IPV4.map((address) => `${address}:${port}`),
    ...IPV6.map((address) => `[${address}]:${port}`),
    `${ONION}:${port}`,
  ]);
  return {
    url: edge.url,
    stop: async () => {
      await edge.stop();
      await rm(state, { recursive: true });
    },
  };
}
