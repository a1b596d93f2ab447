/** `npm start`: a whole seed on this machine, of devnets or of a real network. */
import { join } from "node:path";
import * as v from "valibot";
import { checkedCertificate } from "../cli/chia-certificate.ts";
import { CliError, EXIT, usageError } from "../cli/errors.ts";
import { makeFolder } from "../cli/files.ts";
import { chooseGeography } from "../cli/geography.ts";
import { chooseDialer } from "../cli/proxies.ts";
import { interrupted, listenForInterrupt } from "../cli/interrupt.ts";
import { PeerError } from "../crawler/crawl.ts";
import { showProgress, totalProgress, type ProgressDisplay } from "../crawler/progress.ts";
import { localDnssecKeys } from "./dnssec-keys.ts";
import { startLocalSeed, type LocalSeed } from "./local-seed.ts";
import type { LocalNetwork } from "./local-crawl.ts";
import { openNetworks } from "./start-networks.ts";
import { command, type StartOptions } from "./start-options.ts";

const ROOT = join(import.meta.dirname, "..");
const HOST = "127.0.0.1";

/** How often the edge is asked how many peers it serves. */
const WATCH_INTERVAL_MS = 500;
const WATCH_TIMEOUT_MS = 5_000;

const StatusSchema = v.object({ servable: v.number() });

/** How many peers of a network the edge serves; undefined while it does not say. */
async function servable(seed: LocalSeed, { network }: LocalNetwork): Promise<number | undefined> {
  try {
    const response = await fetch(new URL(`/v1/networks/${network.name}`, seed.edge.url), { signal: AbortSignal.timeout(WATCH_TIMEOUT_MS) });
    return v.parse(StatusSchema, await response.json()).servable;
  } catch {
    return undefined; // the edge is going down, or not up yet: nothing to show
  }
}

/** The one line that says where to ask. */
function readyLine(seed: LocalSeed, networks: readonly LocalNetwork[]): string {
  const http = seed.edge.url.href.replace(/\/$/, "");
  const lists = networks.map(({ network }) => `${http}/v1/networks/${network.name}/peers`);
  const zones = networks.map(({ zone }) => `dns://${HOST}:${seed.nameserver.udpPort}/${zone}`);
  return ["ready", ...lists, `${http}/dns-query`, ...zones].join(" ");
}

async function main(options: StartOptions): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const signal = listenForInterrupt();

  const dialer = chooseDialer(options);
  const networks = await openNetworks(options, dialer, cleanup);
  const state = options.state ?? join(ROOT, ".state", options.network ?? networks[0]!.network.name);
  const zones = networks.map(({ zone }) => `${zone}.`);
  const dnssecKeys = await localDnssecKeys(options.dnssecKeys, zones);
  const certificate = await checkedCertificate({ ...options, state });
  await makeFolder(state);
  const label = networks.length === 1 ? networks[0]!.network.name : `${networks.length} networks`;
  let display: ProgressDisplay | undefined;
  const log = (line: string): void => (display === undefined ? console.log(line) : display.log(line));
  const locate = await chooseGeography(
    options,
    networks.map(({ network }) => network),
    log,
  );
  const seed = await startLocalSeed({
    networks,
    ...(locate === undefined ? {} : { locate }),
    state,
    certificate,
    host: HOST,
    port: options.port,
    dnsPort: options.dnsPort,
    dnssecKeys,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(dialer === undefined ? {} : { dialer }),
    log,
  });
  cleanup.defer(() => seed.stop());

  let served: number | undefined;
  display = showProgress({
    label,
    stream: process.stdout,
    progress: () => totalProgress(seed.crawls.map(({ crawl }) => crawl.progress())),
    served: () => served,
  });
  cleanup.defer(() => display?.stop());
  let ready = false;
  const look = async (): Promise<void> => {
    const counts = await Promise.all(networks.map((network) => servable(seed, network)));
    served = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    if (ready || !counts.every((count) => count !== undefined && count > 0)) return;
    ready = true;
    await seed.nameserver.ready;
    log(readyLine(seed, networks));
  };
  const watch = setInterval(() => void look(), WATCH_INTERVAL_MS);
  cleanup.defer(() => clearInterval(watch));

  await Promise.race([interrupted(signal), seed.done]);
}

command.parse();
try {
  await main(command.opts<StartOptions>());
  process.exit(0);
} catch (caught) {
  const error = caught instanceof PeerError ? usageError(`--peer ${caught.message}`) : caught;
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof CliError && error.hint !== undefined) console.error(error.hint);
  if (process.env["SEEDCAST_DEBUG"]) console.error(error);
  process.exit(error instanceof CliError ? error.exitCode : EXIT.failure);
}
