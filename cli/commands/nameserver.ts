/** `seedcast nameserver`: DNS on UDP and TCP for the zones of an edge. */
import { Command, Option } from "commander";
import { startNameserver } from "../../nameserver/nameserver.ts";
import type { Standing } from "../../nameserver/zones.ts";
import type { Freshness } from "../../schema/seal.ts";
import { interrupted } from "../interrupt.ts";
import { listening, listenOption, openFollowing, refreshOption, type ListenAt } from "../listening.ts";
import { collect, edgeOption, jsonOption, parseLocation, parsePublicKey } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { onTurns } from "../turns.ts";

interface NameserverCliOptions {
  readonly edge: URL;
  readonly listen: ListenAt;
  readonly key: readonly string[];
  readonly location?: string;
  readonly refresh: number;
  readonly json?: true;
}

export const nameserverCommand = (terminal: Terminal): Command =>
  new Command("nameserver")
    .description("answer DNS queries for the zones of an edge, from its signed snapshots")
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(listenOption("where to listen, UDP and TCP; port 0 for any free one", "127.0.0.1:5300"))
    .addOption(
      new Option("-k, --key <key…>", "public key whose snapshots are served; several during a rotation")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--location <name>", "what to tell who asks by NSID where an answer is from")
        .env("SEEDCAST_LOCATION")
        .argParser(parseLocation),
    )
    .addOption(refreshOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast nameserver --edge https://seed.example.org --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
  seedcast nameserver --edge https://seed.example.org --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --listen '[::]:53'`,
    )
    .action(async ({ edge, listen, key, location, refresh, json }: NameserverCliOptions) => {
      const { say, failed, untilReady } = openFollowing(terminal, edge, json);
      const stood = onTurns<Standing>(
        (standing) => say("freshness", { ...standing }, describe(standing)),
        describe,
        ({ network }) => network,
      );
      const options = { edge, snapshotKeys: key, ...listen, location, refreshSeconds: refresh };
      const start = startNameserver({ ...options, onFailure: failed, onStanding: stood });
      const nameserver = await listening(start, listen);
      try {
        await untilReady(nameserver, { host: listen.host, port: nameserver.udpPort }, ", UDP and TCP; waiting for snapshots");
        await interrupted(terminal.signal);
      } finally {
        await nameserver.stop();
      }
    });

/** What each step means to who asks. */
const ANSWERS: Readonly<Record<Freshness, string>> = {
  fresh: "answered",
  stale: "answered with short TTLs, and EDE 3",
  expired: "SERVFAIL",
  absent: "SERVFAIL",
};

const describe = ({ network, freshness, snapshot, bank }: Standing): string =>
  `${network}: ${freshness}: snapshot ${snapshot}, ${bank === "unsigned" ? "not signed" : `bank ${bank}`}; ${ANSWERS[freshness]}`;
