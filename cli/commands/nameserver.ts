/** `seedcast nameserver`: DNS on UDP and TCP for the zones of an edge. */
import { Command, Option } from "commander";
import { startNameserver, type Nameserver } from "../../nameserver/nameserver.ts";
import { CliError } from "../errors.ts";
import { interrupted } from "../interrupt.ts";
import { collect, edgeOption, jsonOption, parseListen, parseNumber, parsePublicKey } from "../options.ts";
import type { Terminal } from "../terminal.ts";

interface NameserverCliOptions {
  readonly edge: URL;
  readonly listen: { readonly host: string; readonly port: number };
  readonly key: readonly string[];
  readonly refresh: number;
  readonly json?: true;
}

export const nameserverCommand = (terminal: Terminal): Command =>
  new Command("nameserver")
    .description("answer DNS queries for the zones of an edge, from its signed snapshots")
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(
      new Option("-l, --listen <host:port>", "where to listen, UDP and TCP; port 0 for any free one")
        .env("SEEDCAST_LISTEN")
        .default(parseListen("127.0.0.1:5300"), "127.0.0.1:5300")
        .argParser(parseListen),
    )
    .addOption(
      new Option("-k, --key <key…>", "public key whose snapshots are served; several during a rotation")
        .env("SEEDCAST_SNAPSHOT_KEY")
        .argParser(collect(parsePublicKey))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--refresh <seconds>", "how often to ask the edge for news")
        .env("SEEDCAST_REFRESH")
        .default(60)
        .argParser(parseNumber(1, 3_600)),
    )
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
      const nameserver = await openNameserver(
        options,
        onTurns((network, cause) => say("failure", { network, cause }, `${network ?? options.edge.origin}: ${cause}`)),
      );
      try {
        const { host } = options.listen;
        const at = `${host.includes(":") ? `[${host}]` : host}:${nameserver.udpPort}`;
        say(
          "listening",
          { host, port: nameserver.udpPort },
          `listening on ${at}, UDP and TCP; waiting for snapshots from ${options.edge.origin}`,
        );
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

type Failure = (network: string | undefined, cause: string) => void;

async function openNameserver({ edge, listen, key, refresh }: NameserverCliOptions, failed: Failure): Promise<Nameserver> {
  const onFailure = ({ network, cause }: { network: string | undefined; cause: string }): void => failed(network, cause);
  try {
    return await startNameserver({ edge, snapshotKeys: key, ...listen, refreshSeconds: refresh, onFailure });
  } catch (error) {
    const hint = listenHint(error);
    if (hint === undefined) throw error;
    throw new CliError(`cannot listen on ${listen.host} port ${listen.port}`, { cause: error, hint });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "Ports below 1024 need a privilege: run as root, grant CAP_NET_BIND_SERVICE, or choose another port with --listen.",
  EADDRINUSE: "Something listens there already; choose another port with --listen.",
  EADDRNOTAVAIL: "This machine does not have that address.",
  ENOTFOUND: "Give a literal address, such as 0.0.0.0 or [::].",
};

/** What to do about the system's refusal, where its error code is one we know. */
function listenHint(error: unknown): string | undefined {
  const codes = [error, error instanceof Error ? error.cause : undefined].map((each) =>
    each instanceof Error && "code" in each ? String(each.code) : "",
  );
  return codes.map((code) => HINTS[code]).find((hint) => hint !== undefined);
}

/** Told once for each failure of a network that is not the one before. */
function onTurns(tell: Failure): Failure {
  const last = new Map<string | undefined, string>();
  return (network, cause) => {
    if (last.get(network) === cause) return;
    last.set(network, cause);
    tell(network, cause);
  };
}
