/** Chia's full node on testnet11, with an empty chain. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startDaemon, type Daemon } from "./daemon.ts";
import { onMachine, type Machine } from "./lan.ts";
import { CHIA_BIN } from "./tools.ts";

const run = promisify(execFile);

export interface ChiaRoot {
  /** The folder to make. */
  readonly root: string;
  /** What differs from the settings that come with it, by names of Chia's config.yaml. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** So many together cost hardly more than one: Python's start is what takes long. */
export async function makeChiaRoots(roots: readonly ChiaRoot[]): Promise<void> {
  const common = { enable_upnp: false, start_rpc_server: false, single_threaded: true };
  const wanted = roots.map(({ root, settings }) => ({ root, full_node: { ...common, ...settings } }));
  await run(join(CHIA_BIN, "python"), [join(import.meta.dirname, "chia-roots.py"), JSON.stringify(wanted)]);
}

/** Starts a full node and resolves when it listens. Here where no machine is given. */
export async function startChiaNode(root: string, machine?: Machine): Promise<Daemon> {
  const [command, ...args] = onMachine(machine, join(CHIA_BIN, "chia_full_node"));
  const daemon = startDaemon({ command, args, env: { CHIA_ROOT: root, HOME: root } });
  try {
    await daemon.logged(/Started full_node service on network_id: testnet11/, 90);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
}
