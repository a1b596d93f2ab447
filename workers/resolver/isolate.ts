/** The state of one isolate: memory by network, and counters. It belongs to the bindings it reads from, never to a request. */
import * as v from "valibot";
import { ConfigError, configOf } from "../config.ts";
import type { Query } from "../dns/query.ts";
import type { ResolverBindings } from "../endpoint.ts";
import type { JsonQuestion } from "./json-question.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { NetworkMemory } from "./memory.ts";
import { kvStore } from "./store.ts";

/** How often in seconds an isolate looks for a new snapshot of a network; `REFRESH_SECONDS` overrides it in local development. */
export const REFRESH_SECONDS = 60;

const RefreshSchema = v.pipe(v.union([v.number(), v.pipe(v.string(), v.digits(), v.toNumber())]), v.integer(), v.minValue(1));

/** Reads the optional variable `REFRESH_SECONDS`: whole seconds, at least 1. Throws `ConfigError`. */
export function parseRefreshSeconds(variable: unknown): number {
  if (variable === undefined) return REFRESH_SECONDS;
  const result = v.safeParse(RefreshSchema, variable);
  if (!result.success) throw new ConfigError("REFRESH_SECONDS: expected whole seconds, at least 1");
  return result.output;
}

/** How a DNS answer was asked for. */
export type AnswerTransport = "doh-get" | "doh-post" | "json";

export interface Isolate {
  /** In the order of the configuration. */
  readonly networks: readonly NetworkMemory[];
  readonly byName: ReadonlyMap<string, NetworkMemory>;
  /** By the zone's apex. */
  readonly byApex: ReadonlyMap<string, NetworkMemory>;
  /** How many answers this isolate gave, by response code. */
  readonly answers: Readonly<Record<AnswerTransport, number[]>>;
  /** Answers to messages by GET. */
  readonly messages: KeptAnswers<Query>;
  /** Answers to questions of the JSON API. */
  readonly json: KeptAnswers<JsonQuestion>;
}

const isolates = new WeakMap<object, Isolate>();

/** The isolate's state for these bindings, made at the first call. Throws `ConfigError`. */
export function isolateOf(env: ResolverBindings): Isolate {
  let isolate = isolates.get(env);
  if (isolate === undefined) isolates.set(env, (isolate = createIsolate(env)));
  return isolate;
}

function createIsolate(env: ResolverBindings): Isolate {
  const config = configOf(env);
  const refresh = parseRefreshSeconds("REFRESH_SECONDS" in env ? env.REFRESH_SECONDS : undefined);
  const store = kvStore(env.SNAPSHOTS);
  const networks = config.served.map((served) => new NetworkMemory(served, config.snapshotKeys, store, refresh));
  return {
    networks,
    byName: new Map(networks.map((memory) => [memory.served.network.name, memory])),
    byApex: new Map(networks.map((memory) => [memory.served.zone.name, memory])),
    answers: { "doh-get": [], "doh-post": [], json: [] },
    messages: new KeptAnswers(({ question }) => question?.name.length ?? 0),
    json: new KeptAnswers(({ name }) => name.length),
  };
}
