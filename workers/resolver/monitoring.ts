/** `/health`, `/ready` and `/metrics`: for load balancers, monitors and Prometheus. */
import { RCODE } from "../dns/reply.ts";
import { json, type Handler } from "../endpoint.ts";
import { PUBLIC_HEADERS } from "../public-headers.ts";
import { isolateOf, type Isolate } from "./isolate.ts";
import type { NetworkMemory } from "./memory.ts";
import { exposition, type Metric } from "./metrics.ts";
import { ageOf, prepare, type Platform } from "./handler.ts";
import { tallyOf } from "./tally.ts";

/** Liveness: the Worker runs and its variables parse. */
export const healthHandler: Handler = (c) => json({ status: "ok", networks: isolateOf(c.env).networks.length }, "no-store");

/** Readiness: 200 only where every zone is fresh. A network that is not fresh is looked up first: whoever asks wants the truth, not speed. */
export function readyHandler(platform: Platform): Handler {
  return async (c) => {
    const now = platform.now();
    const { networks } = isolateOf(c.env);
    const background = c.executionCtx;
    await Promise.all(
      networks.map((memory) => (memory.freshness(now) === "fresh" ? prepare(memory, now, background) : memory.refresh(now, background))),
    );
    const zones = networks.map((memory) => {
      const { held, served } = memory;
      const { name: zone } = served.zone;
      const age = held === undefined ? null : ageOf(held, now);
      return { zone, network: served.network.name, freshness: memory.freshness(now), seq: held?.seq ?? null, age };
    });
    const ready = zones.every(({ freshness }) => freshness === "fresh");
    const answer = json({ ready, zones }, "no-store");
    return ready ? answer : new Response(answer.body, { status: 503, headers: answer.headers });
  };
}

/** Prometheus text. Counters are this isolate's own: many isolates answer for one edge, and each starts from zero. */
export function metricsHandler(platform: Platform): Handler {
  return async (c) => {
    const now = platform.now();
    const isolate = isolateOf(c.env);
    await Promise.all(isolate.networks.map((memory) => prepare(memory, now, c.executionCtx)));
    const metrics = [...isolate.networks.flatMap((memory) => networkMetrics(memory, now)), ...answerMetrics(isolate.answers)];
    const headers = { ...PUBLIC_HEADERS, "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
    return new Response(exposition(metrics), { headers });
  };
}

function networkMetrics(memory: NetworkMemory, now: number): Metric[] {
  const network = memory.served.network.name;
  const { held } = memory;
  const state = memory.freshness(now);
  const metrics: Metric[] = [
    ...(["fresh", "stale", "expired", "absent"] as const).map((freshness): Metric => ({
      name: "freshness",
      labels: { network, freshness },
      value: freshness === state ? 1 : 0,
    })),
    ...Array.from(memory.failures, ([cause, value]): Metric => ({ name: "refresh_failures_total", labels: { network, cause }, value })),
  ];
  if (held === undefined) return metrics;
  metrics.push({ name: "snapshot_seq", labels: { network }, value: held.seq });
  metrics.push({ name: "snapshot_age_seconds", labels: { network }, value: ageOf(held, now) });
  for (const [family, value] of Object.entries(tallyOf(held.pool).families)) {
    metrics.push({ name: "servable_peers", labels: { network, family }, value });
  }
  return metrics;
}

const RCODES = new Map<string, string>(Object.entries(RCODE).map(([name, code]) => [String(code), name]));

function answerMetrics(answers: Isolate["answers"]): Metric[] {
  return Object.entries(answers).flatMap(([transport, counts]) =>
    Object.entries(counts).map(([code, value]): Metric => ({
      name: "answers_total",
      labels: { transport, rcode: RCODES.get(code) ?? code },
      value,
    })),
  );
}
