/** `seedcast nameserver`: DNS on UDP and TCP for the zones of an edge. */
import { Command, Option } from "commander";
import { startNameserver } from "../../nameserver/nameserver.ts";
import { interrupted } from "../interrupt.ts";
import { formatListen, listening, listenOption, onTurns, refreshOption, type ListenAt } from "../listening.ts";
import { collect, edgeOption, jsonOption, parsePublicKey } from "../options.ts";
import type { Terminal } from "../terminal.ts";

interface NameserverCliOptions {
  readonly edge: URL;
  readonly listen: ListenAt;
  readonly key: readonly string[];
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
    .addOption(refreshOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast nameserver --edge https://seed.example.org --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
  seedcast nameserver --edge https://seed.example.org --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --listen '[::]:53'`,
    )
    .action(async (options: NameserverCliOptions) => {
      const say = (type: string, facts: Readonly<Record<string, unknown>>, words: string): void =>
        options.json === true ? terminal.print(JSON.stringify({ type, ...facts })) : terminal.note(words);
      const failed = onTurns((network, cause) => say("failure", { network, cause }, `${network ?? options.edge.origin}: ${cause}`));
      const { edge, listen, key, refresh } = options;
      const onFailure = ({ network, cause }: { network: string | undefined; cause: string }): void => failed(network, cause);
      const nameserver = await listening(
        startNameserver({ edge, snapshotKeys: key, ...listen, refreshSeconds: refresh, onFailure }),
        listen,
      );
      try {
        const { host } = listen;
        const at = formatListen({ host, port: nameserver.udpPort });
        say("listening", { host, port: nameserver.udpPort }, `listening on ${at}, UDP and TCP; waiting for snapshots from ${edge.origin}`);
        await Promise.race([nameserver.ready, interrupted(terminal.signal)]);
        if (!terminal.signal.aborted) {
          if (options.json === true) terminal.print(JSON.stringify({ type: "ready", host, port: nameserver.udpPort }));
          else terminal.print(`ready ${at}`);
        }
        await interrupted(terminal.signal);
      } finally {
        await nameserver.stop();
      }
    });
