/** The edge under hostile input: the Worker that is deployed on raw workerd, with one signed snapshot, and a name server that follows it. */
import { join } from "node:path";
import { startWorkerd, type Workerd } from "../../bench/workerd.ts";
import { startCommand } from "../../cli/child.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { snapshotKey } from "../../schema/snapshot.ts";
import { bundleWorker } from "../../scripts/edge.ts";
import { ROWS, ZONE } from "../../serving/test-edge.ts";
import { newSigner, sealSnapshot, testSnapshot } from "./sealed-chain.ts";

export interface FuzzEdge {
  readonly workerd: Workerd;
  readonly publicKey: string;
}

/** Starts the edge on a free port of 127.0.0.1; its zone is `serving/test-edge.ts`'s. */
export async function startFuzzEdge(): Promise<FuzzEdge> {
  const network = DEVNET.name;
  const signer = newSigner();
  const now = Math.floor(Date.now() / 1_000);
  const times = { generated: now, stale: now + 3_600, expires: now + 86_400 };
  const { bytes, seal } = sealSnapshot(testSnapshot(1, null, { network, peers: ROWS, ...times }), signer);
  const workerd = await startWorkerd({
    script: await bundleWorker(),
    kv: { [snapshotKey(network)]: { value: Buffer.from(bytes).toString("utf8"), metadata: seal } },
    json: {
      ZONES: [{ ...ZONE, network }],
      SNAPSHOT_PUBLIC_KEYS: [signer.publicKey],
      OPERATOR_PUBLIC_KEYS: [],
    },
  });
  return { workerd, publicKey: signer.publicKey };
}

export interface FuzzNameserver {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts `seedcast nameserver` in a process of its own, on a free port of 127.0.0.1, and waits until it serves. */
export async function startFuzzNameserver({ workerd, publicKey }: FuzzEdge): Promise<FuzzNameserver> {
  const args = ["nameserver", "--edge", workerd.url, "--key", publicKey, "--listen", "127.0.0.1:0", "--json"];
  const { child, ended, line } = startCommand(args, { script: join(import.meta.dirname, "..", "..", "cli", "main.ts") });
  const [, port] = await line(/"type":"ready".*"port":(\d+)/);
  return {
    pid: child.pid ?? 0,
    port: Number(port),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
