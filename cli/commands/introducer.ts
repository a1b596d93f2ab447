/** `seedcast introducer`: tells Chia's nodes and wallets of verified peers, by the protocol that they ask introducers by. */
import { Command, Option } from "commander";
import { USER_AGENT } from "../../crawler/identity.ts";
import { startIntroducer, type Introducer, type IntroducerHealth } from "../../introducer/introducer.ts";
import type { Network, NetworkOf } from "../../schema/network.ts";
import { pause } from "../../serving/pause.ts";
import { chiaCertificateOptions, usableCertificate, type ChiaCertificateOptions } from "../chia-certificate.ts";
import { usageError } from "../errors.ts";
import { listening, listenOption, openFollowing, refreshOption, type Following, type ListenAt } from "../listening.ts";
import { resolveNetwork } from "../network.ts";
import { collect, edgeOption, jsonOption, networkOption, parsePublicKey } from "../options.ts";
import type { Terminal } from "../terminal.ts";

interface IntroducerCliOptions extends ChiaCertificateOptions {
  readonly edge: URL;
  readonly network?: string;
  readonly networkFile?: string;
  readonly listen: ListenAt;
  readonly snapshotKey: readonly string[];
  readonly refresh: number;
  readonly json?: true;
}

/** How often at most it is said how the introducer is; only when something happened since. */
const HEALTH_SECONDS = 60;

export function introducerCommand(terminal: Terminal): Command {
  const command = new Command("introducer")
    .description("introduce Chia's nodes and wallets to verified peers of an edge, over wss")
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(networkOption())
    .addOption(new Option("--network-file <file>", "the parameters of a network that is not shipped, as JSON").env("SEEDCAST_NETWORK_FILE"))
    .addOption(listenOption("where to listen; port 0 for any free one", "0.0.0.0:8444"))
    .addOption(
      new Option("-k, --snapshot-key <key…>", "public key whose snapshots are served; several during a rotation")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .addOption(refreshOption())
    .addOption(new Option("-s, --state <dir>", "folder in which a made certificate is kept").env("SEEDCAST_STATE"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast introducer --edge https://seed.example.org --network chia --snapshot-key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --state ./state
  seedcast introducer --edge https://seed.example.org --network chia --snapshot-key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo \\
    --chia-cert public_full_node.crt --chia-key public_full_node.key --listen '[::]:8444'`,
    )
    .action((options: IntroducerCliOptions) => runIntroducer(terminal, options));
  for (const option of chiaCertificateOptions()) command.addOption(option);
  return command;
}

async function runIntroducer(terminal: Terminal, options: IntroducerCliOptions): Promise<void> {
  const { say, failed, untilReady } = openFollowing(terminal, options.edge, options.json);
  const introducer = await openIntroducer(options, failed);
  try {
    await untilReady(introducer, { host: options.listen.host, port: introducer.port }, "; waiting for a snapshot");
    await sayHealth(introducer, terminal.signal, (health) => say("health", { ...health }, describe(health)));
  } finally {
    await introducer.stop();
  }
}

async function openIntroducer(options: IntroducerCliOptions, failed: Following["failed"]): Promise<Introducer> {
  const network = await resolveNetwork(options);
  if (!isChia(network)) throw usageError(`${network.name} has no introducers`, "Only networks of Chia's have.");
  const { edge, listen, snapshotKey, refresh } = options;
  const certificate = await usableCertificate(options);
  const start = startIntroducer({
    edge,
    snapshotKeys: snapshotKey,
    network,
    certificate,
    softwareVersion: USER_AGENT,
    ...listen,
    refreshSeconds: refresh,
    onFailure: (cause) => failed({ network: network.name, cause }),
  });
  return listening(start, listen);
}

const isChia = (network: Network): network is NetworkOf<"chia"> => network.wire.family === "chia";

/** Says from time to time, and at the end, what happened since it was last said. */
async function sayHealth(introducer: Introducer, signal: AbortSignal, tell: (health: IntroducerHealth) => void): Promise<void> {
  let last = JSON.stringify(introducer.health().counts);
  while (!signal.aborted) {
    await pause(HEALTH_SECONDS, signal);
    const now = introducer.health();
    const counts = JSON.stringify(now.counts);
    if (counts !== last) tell(now);
    last = counts;
  }
}

function describe({ freshness, seq, peers, connections, counts }: IntroducerHealth): string {
  const happened = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  return `snapshot ${seq} is ${freshness}, ${peers} peers; ${connections} connections now; so far ${happened.join(", ")}`;
}
