/** `seedcast crawl`: looks at a network, and pushes what it sees to an edge where one is given. */
import { join } from "node:path";
import { Command, Option } from "commander";
import { startCrawl, PeerError, type Crawl, type CrawlOptions } from "../../crawler/crawl.ts";
import { PolicyError } from "../../crawler/engine/policy.ts";
import { KeyFileError, readKey, readKeyFile } from "../../crawler/push/key-file.ts";
import { startPusher, type Pusher } from "../../crawler/push/pusher.ts";
import { StoreError } from "../../crawler/store/database.ts";
import type { Network } from "../../schema/network.ts";
import type { Signer } from "../../schema/private-key.ts";
import { CliError, EXIT, usageError } from "../errors.ts";
import { makeFolder } from "../files.ts";
import { addGroups, crawlGroups, type CrawlGroupOptions } from "../crawl-groups.ts";
import { namedInputs } from "../inputs.ts";
import { crawlOptions, knobOptions, overrideWire, type Knobs } from "../knobs.ts";
import { resolveNetwork, shippedNetworks } from "../network.ts";
import { edgeOption, jsonOption, networkOption } from "../options.ts";
import { plain, type Terminal } from "../terminal.ts";
import { checkedCertificate } from "../chia-certificate.ts";
import { openDisplay, type CrawlDisplay } from "../crawl-display.ts";
import { interrupted } from "../interrupt.ts";
import { untilSettled } from "../settled.ts";
import { chooseGeography } from "../geography.ts";
import { chooseDialer } from "../proxies.ts";

interface CrawlCliOptions extends Knobs, CrawlGroupOptions {
  readonly network?: string;
  readonly networkFile?: string;
  readonly edge?: URL;
  readonly key?: string;
  readonly state?: string;
  readonly once?: true;
  readonly json?: true;
}

/** The private key itself, for hosts that hand secrets over by the environment only. */
const KEY_VARIABLE = "SEEDCAST_KEY_JWK";

export function crawlCommand(terminal: Terminal): Command {
  const command = new Command("crawl")
    .description("verify the peers of a network by its own handshake; with --edge, report them to a registry")
    .addOption(networkOption())
    .addOption(new Option("--network-file <file>", "the parameters of a network that is not shipped, as JSON").env("SEEDCAST_NETWORK_FILE"))
    .addOption(edgeOption())
    .addOption(new Option("-k, --key <file>", "private key file of this vantage; needed with --edge").env("SEEDCAST_KEY"))
    .addOption(
      new Option("-s, --state <dir>", "folder for the database; without one everything is forgotten at the end").env("SEEDCAST_STATE"),
    )
    .option("--once", "end when every address found has been probed; exit code 3 where no peer is good")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Shipped networks: ${shippedNetworks()}

Where secrets come by the environment only, ${KEY_VARIABLE} may hold the private key itself, in place of --key.

Examples:
  seedcast crawl --network navio --state ./state
  seedcast crawl --network navio --once --json > peers.jsonl
  seedcast crawl --network bitcoin --peers-file nodes_main.txt --state ./state
  seedcast crawl --network navio --federate https://seed.example.org#11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --state ./state
  seedcast crawl --network navio-testnet --magic 2467d2c2 --peer 192.0.2.7:33670 --once
  seedcast crawl --network bitcoin --tor-proxy 127.0.0.1:9050 --state ./state
  seedcast crawl --network navio --edge https://seed.example.org --key vantage.key.json --state ./state`,
    )
    .action((options: CrawlCliOptions) => runCrawl(terminal, options));
  return addGroups(command, { ...crawlGroups(), "Knobs:": knobOptions() });
}

async function runCrawl(terminal: Terminal, options: CrawlCliOptions): Promise<void> {
  const network = overrideWire(await resolveNetwork(options), options);
  const uplink = await readUplink(options);
  let pusher: Pusher | undefined;
  let display: CrawlDisplay | undefined;
  const crawl = await openCrawl(terminal, network, options, {
    onReportsChanged: () => pusher?.announce(),
    onInput: (news) => display?.input(news),
  });
  display = openDisplay(terminal, network, crawl, options);
  const broken = new AbortController();
  const failed = crawl.done.catch((error: unknown) => broken.abort(error));
  const ending = AbortSignal.any([terminal.signal, broken.signal]);
  try {
    if (uplink !== undefined) {
      pusher = startPusher({
        ...uplink,
        network: network.name,
        db: crawl.db,
        reports: () => crawl.reports(),
        onWarm: (reports) => crawl.adopt(reports),
        onStatus: display.push,
        signal: terminal.signal,
      });
      pusher.done.catch((error: unknown) => broken.abort(error));
    }
    if (options.once === true) {
      await untilSettled(crawl, ending);
      await conclude(terminal, crawl, pusher, options);
    } else {
      await interrupted(ending);
    }
  } finally {
    await pusher?.stop();
    display.stop();
    await crawl.stop().catch(() => undefined); // its failure is `broken`
  }
  await failed;
  broken.signal.throwIfAborted();
}

async function openCrawl(
  terminal: Terminal,
  network: Network,
  options: CrawlCliOptions,
  more: Pick<CrawlOptions, "onReportsChanged" | "onInput">,
): Promise<Crawl> {
  const { state, edge } = options;
  const dialer = chooseDialer(options);
  const certificate = await checkedCertificate(options);
  const inputs = await namedInputs(options, network, dialer);
  if (state !== undefined) await makeFolder(state);
  if (options.proxy !== undefined && edge !== undefined) terminal.note(`note: reports go to ${edge.origin} directly, past --proxy`);
  const locate = await chooseGeography(options, [network], terminal.note);
  try {
    return startCrawl({
      network,
      ...crawlOptions(options, network),
      ...more,
      ...inputs,
      certificate,
      ...(dialer === undefined ? {} : { dialer }),
      ...(locate === undefined ? {} : { locate }),
      ...(state === undefined ? {} : { storePath: join(state, `${network.name}.sqlite`) }),
    });
  } catch (error) {
    if (error instanceof StoreError) throw new CliError(error.message, { cause: error, hint: "Choose another folder with --state." });
    if (error instanceof PeerError) throw usageError(`--peer ${error.message}`);
    if (error instanceof PolicyError)
      throw usageError(`--retest ${options.retest}: ${error.message}`, "Nodes of strangers are left alone for ten minutes at least.");
    throw error;
  }
}

async function readUplink({ edge, key }: CrawlCliOptions): Promise<{ edge: URL; key: Signer } | undefined> {
  if (edge === undefined) {
    if (key !== undefined) throw usageError("--key is of no use without --edge", "Say where to push with --edge URL.");
    return undefined;
  }
  if (key !== undefined) return { edge, key: await readKeyFile(key) };
  const secret = process.env[KEY_VARIABLE];
  if (secret !== undefined) return { edge, key: await readSecret(secret) };
  throw usageError(
    "--edge needs --key",
    "Make a key with `seedcast key new`, and have the edge's operator enrol it with `seedcast vantage add`.",
  );
}

async function readSecret(secret: string): Promise<Signer> {
  try {
    return await readKey(secret);
  } catch (error) {
    throw error instanceof KeyFileError ? new KeyFileError(`${KEY_VARIABLE}: ${error.message}`) : error;
  }
}

/** `--once`: tells what was found, on standard output or to the registry. */
async function conclude(terminal: Terminal, crawl: Crawl, pusher: Pusher | undefined, { json }: CrawlCliOptions): Promise<void> {
  const reports = [...crawl.reports()].sort((a, b) => (a.address < b.address ? -1 : 1));
  const good = reports.filter(({ state }) => state === "good");
  for (const report of json === true ? reports : good) terminal.print(json === true ? JSON.stringify(report) : plain(report.address));
  if (terminal.signal.aborted) {
    process.exitCode = EXIT.interrupted;
    return;
  }
  const pushed = await pusher?.pushNow();
  if (pushed !== undefined && pushed.state !== "in-step")
    throw new CliError(`the reports did not reach the registry: ${plain(pushed.problem ?? pushed.state)}`);
  if (good.length === 0) process.exitCode = EXIT.negative;
}
