/** What the commands share that serve an edge's snapshots: where to listen, and how to say what goes on. */
import { Option } from "commander";
import type { ListFailure } from "../nameserver/zones.ts";
import { SNAPSHOT_REFUSALS } from "../schema/seal.ts";
import type { PollFailure } from "../serving/follower.ts";
import { CliError } from "./errors.ts";
import { interrupted } from "./interrupt.ts";
import { parseListen, parseNumber } from "./options.ts";
import type { Terminal } from "./terminal.ts";
import { onTurns } from "./turns.ts";

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
const formatListen = ({ host, port }: ListenAt): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

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

export interface Following {
  /** To programs a line of JSON on standard output, to people the words. */
  readonly say: (type: string, facts: Readonly<Record<string, unknown>>, words: string) => void;
  /** Says why following the edge failed, once until it fails for something else. Without a network it is the list of networks. */
  readonly failed: (failure: FollowFailure) => void;
  /** Says where the server listens, waits until it is ready or should end, and says that. */
  readonly untilReady: (server: { readonly ready: Promise<void> }, at: ListenAt, waiting: string) => Promise<void>;
}

export interface FollowFailure {
  readonly network: string | undefined;
  readonly cause: PollFailure | ListFailure;
}

/** What a server that follows an edge says of itself. */
export function openFollowing(terminal: Terminal, edge: URL, json: true | undefined): Following {
  const say: Following["say"] = (type, facts, words) =>
    json === true ? terminal.print(JSON.stringify({ type, ...facts })) : terminal.note(words);
  return {
    say,
    failed: onTurns<FollowFailure>(
      ({ network, cause }) => say("failure", { network, cause }, `${network ?? edge.origin}: ${cause}: ${FAILURES[cause]}`),
      ({ cause }) => cause,
      ({ network = "" }) => network,
    ),
    untilReady: async ({ ready }, at, waiting) => {
      const text = formatListen(at);
      say("listening", { ...at }, `listening on ${text}${waiting} from ${edge.origin}`);
      await Promise.race([ready, interrupted(terminal.signal)]);
      if (!terminal.signal.aborted) terminal.print(json === true ? JSON.stringify({ type: "ready", ...at }) : `ready ${text}`);
    },
  };
}

/** What each failure means to whoever runs the server. */
const FAILURES: Readonly<Record<FollowFailure["cause"], string>> = {
  ...SNAPSHOT_REFUSALS,
  "edge-failed": "the edge cannot be reached, or has no such thing to give; trying again",
  "bad-list": "what the edge gave is no list of networks",
};
