/** What the commands share that serve an edge's snapshots: where to listen, and how to say what goes wrong. */
import { Option } from "commander";
import { CliError } from "./errors.ts";
import { parseListen, parseNumber } from "./options.ts";

export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

export const listenOption = (what: string, fallback: string): Option =>
  new Option("-l, --listen <host:port>", what).env("SEEDCAST_LISTEN").default(parseListen(fallback), fallback).argParser(parseListen);

export const refreshOption = (): Option =>
  new Option("--refresh <seconds>", "how often to ask the edge for news")
    .env("SEEDCAST_REFRESH")
    .default(60)
    .argParser(parseNumber(1, 3_600));

/** `host:port`, IPv6 in brackets. */
export const formatListen = ({ host, port }: ListenAt): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Awaits a server's start. Rejects with `CliError` where the system does not let it listen. */
export async function listening<T>(start: Promise<T>, { host, port }: ListenAt): Promise<T> {
  try {
    return await start;
  } catch (error) {
    const hint = listenHint(error);
    if (hint === undefined) throw error;
    throw new CliError(`cannot listen on ${host} port ${port}`, { cause: error, hint });
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

export type Failure = (network: string | undefined, cause: string) => void;

/** Told once for each failure of a network that is not the one before. */
export function onTurns(tell: Failure): Failure {
  const last = new Map<string | undefined, string>();
  return (network, cause) => {
    if (last.get(network) === cause) return;
    last.set(network, cause);
    tell(network, cause);
  };
}
