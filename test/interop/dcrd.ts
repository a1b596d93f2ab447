/** dcrd, the reference node of Decred, on its test network: the only one besides the main network on which it tells addresses. */
import { startDaemon, type Daemon } from "./daemon.ts";
import { onMachine, type Machine } from "./lan.ts";
import { DCRD } from "./tools.ts";

export interface DcrdOptions {
  readonly folder: string;
  /** The address to listen on; a node without does not listen. */
  readonly host?: string;
  /** `host:port` of all that it may connect to; anybody where left out. */
  readonly peers?: readonly string[];
  /** Where it runs; here where left out. */
  readonly machine?: Machine;
  /** A certificate file that replaces the system's trust. With it the node asks its seeders; without it, nobody. */
  readonly trust?: string;
}

/** Where dcrd's test network listens. */
const PORT = 19_108;

/** Starts dcrd, with an empty chain, and resolves when it listens, or, where it does not listen, is about to connect. */
export async function startDcrd({ folder, host, peers = [], machine, trust }: DcrdOptions): Promise<Daemon> {
  const listen = host === undefined ? ["--nolisten"] : [`--listen=${host}:${PORT}`, `--externalip=${host}`];
  const seeding = trust === undefined ? ["--noseeders"] : [];
  const [command, ...args] = onMachine(machine, DCRD);
  const daemon = startDaemon({
    command,
    args: [
      ...args,
      "--testnet",
      `--appdata=${folder}`,
      "--norpc",
      "--nodiscoverip",
      "--nofilelogging",
      "--debuglevel=PEER=debug,SRVR=debug",
      ...listen,
      ...seeding,
      ...peers.map((peer) => `--connect=${peer}`),
    ],
    env: trust === undefined ? {} : { SSL_CERT_FILE: trust },
  });
  try {
    await daemon.logged(host === undefined ? /AMGR: Loaded/ : /Server listening on/, 60);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
}
