/**
 * Machines of their own for nodes that listen on all addresses at once, or that count connections by where they come from. Each is a namespace
 * inside the tests' one, with one public address, on a bridge that it shares with the others and with us.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const ip = (...args: string[]) => run("ip", args);

/** Where `ip netns` keeps its handles. */
const HANDLES = "/run/netns";
const BRIDGE = "lan";
/** What the machines see of us. */
export const OUR_ADDRESS = "25.200.0.1";

export interface Lan {
  /** Adds a machine. */
  add(address: string): Promise<Machine>;
}

/** The handle of a machine's network namespace. */
export type Machine = string;

/** The words by which to run a program on a machine; here where none is given. */
export const onMachine = (machine: Machine | undefined, program: string): [string, ...string[]] =>
  machine === undefined ? [program] : ["nsenter", `--net=${machine}`, "--", program];

export async function startLan(undo: AsyncDisposableStack): Promise<Lan> {
  // The real folder may belong to somebody who is nobody in here.
  await run("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  undo.defer(async () => {
    await run("umount", ["-l", "/run"]);
  });
  await ip("link", "add", BRIDGE, "type", "bridge");
  undo.defer(async () => {
    await ip("link", "delete", BRIDGE);
  });
  await ip("addr", "add", `${OUR_ADDRESS}/32`, "dev", BRIDGE);
  await ip("link", "set", BRIDGE, "up");
  let machines = 0;
  return {
    add: async (address) => {
      const name = `machine${machines++}`;
      await ip("netns", "add", name);
      undo.defer(async () => {
        await ip("netns", "delete", name);
      });
      await ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
      await ip("link", "set", name, "master", BRIDGE, "up");
      await ip("-n", name, "link", "set", "lo", "up");
      await ip("-n", name, "addr", "add", `${address}/8`, "dev", "eth0");
      await ip("-n", name, "link", "set", "eth0", "up");
      // All of 25.0.0.0/8 is ours (tools.ts), but for this address. The same table, or that would never be asked.
      await ip("route", "add", address, "dev", BRIDGE, "table", "local");
      undo.defer(async () => {
        await ip("route", "delete", address, "table", "local");
      });
      return `${HANDLES}/${name}`;
    },
  };
}
