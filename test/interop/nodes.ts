/** Real nodes for the interop tests: bcoin from npm, Litecoin Core from Debian. Each starter resolves when the node accepts connections. */
import { execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually, listening } from "./waiting.ts";

const run = promisify(execFile);

export interface BcoinNode {
  readonly network: "regtest" | "testnet";
  readonly host: string;
  readonly port: number;
  /** Addresses to connect to. */
  readonly nodes: readonly string[];
}

export interface BcoinNodes {
  kill(host: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts bcoin nodes in a process of their own. */
export async function startBcoin(nodes: readonly BcoinNode[]): Promise<BcoinNodes> {
  const child = fork(join(import.meta.dirname, "bcoin-nodes.cjs"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ask = async (message: object): Promise<void> => {
    child.send(message);
    await once(child, "message");
  };
  await ask({ start: nodes });
  return {
    kill: (host) => ask({ kill: host }),
    stop: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

export interface LitecoinOptions {
  readonly chain: "regtest" | "testnet";
  readonly folder: string;
  /** Where to listen; a node without does not listen. */
  readonly bind?: { readonly host: string; readonly port: number };
  readonly rpcPort: number;
  readonly extra?: readonly string[];
}

export interface Litecoin {
  rpc(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Litecoin Core. It makes no connection of its own accord unless `extra` says so. */
export async function startLitecoin({ chain, folder, bind, rpcPort, extra = [] }: LitecoinOptions): Promise<Litecoin> {
  mkdirSync(folder, { recursive: true });
  const common = [`-${chain}`, `-datadir=${folder}`, `-rpcport=${rpcPort}`, "-rpcuser=u", "-rpcpassword=p"];
  // Core binds a port for Tor beside the one asked for; left to itself every node takes the same one of 127.0.0.1.
  const listen = bind
    ? [`-bind=${bind.host}:${bind.port}`, `-bind=${bind.host}:${bind.port + 1}=onion`, `-externalip=${bind.host}`, "-dnsseed=0"]
    : ["-listen=0"];
  const child = spawn(
    "litecoind",
    [...common, ...listen, "-server", "-disablewallet", "-listenonion=0", "-upnp=0", "-printtoconsole=0", ...extra],
    {
      stdio: "ignore",
    },
  );
  const rpc = async (...args: string[]): Promise<string> => (await run("litecoin-cli", [...common, ...args])).stdout;
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const died = ended.then(() => Promise.reject(new Error(`litecoind ended at once: ${child.spawnargs.join(" ")}`)));
  await Promise.race([died, eventually("litecoind answers RPC", 60, () => rpc("getblockcount").catch(() => undefined))]);
  died.catch(() => undefined); // from here on the end is the test's own doing
  if (bind) await eventually("litecoind listens", 30, () => listening(bind.host, bind.port));
  return {
    rpc,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The addresses that `dig` gets, sorted. */
export async function dig(server: { host: string; port: number }, name: string, type: "A" | "AAAA"): Promise<string[]> {
  const { stdout } = await run("dig", [`@${server.host}`, "-p", String(server.port), "+short", "+tries=1", "+time=2", name, type]).catch(
    () => ({ stdout: "" }), // no answer yet counts as an empty one
  );
  return stdout.split("\n").filter(Boolean).sort();
}
