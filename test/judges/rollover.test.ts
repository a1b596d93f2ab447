/** Zones in every stage of a rollover at once: validators with whatever trust anchor a parent may have given them find each of them secure. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { startNameserver } from "../../nameserver/nameserver.ts";
import { formatKeySets, type KeySet } from "../../workers/dnssec/keys.ts";
import { dsReplaced, startRollover } from "../../workers/dnssec/rollover.ts";
import { keyState, scheduleOf } from "../../workers/dnssec/schedule.ts";
import { scratch } from "../interop/seed.ts";
import { startPublishingEdge } from "../support/publishing-edge.ts";
import { ask } from "./battery.ts";
import { delv } from "./delv.ts";
import { dig } from "./dig.ts";
import { NETWORK, zoneEntry } from "./judged-zone.ts";
import { settledKeys, TIMING, writeAnchors } from "./signed-seed.ts";
import { startUnbound } from "./unbound.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** How long a new key stands before it takes over, and an old one after it was taken over from: TTL, staleness, margin. */
const WAIT = HOUR + DAY + HOUR;
const DS_TTL = DAY;
const now = Math.floor(Date.now() / 1_000);

/** The stages by when the rollover was started, and when the new DS was seen alone, in seconds before now. */
const STAGES = [
  { title: "zsk-published", role: "zsk", started: HOUR, old: "active", next: "published" },
  { title: "zsk-taken-over", role: "zsk", started: WAIT + HOUR, old: "retired", next: "active" },
  { title: "zsk-removed", role: "zsk", started: 2 * WAIT + HOUR, old: "removed", next: "active" },
  { title: "ksk-published", role: "ksk", started: HOUR, old: "active", next: "published" },
  { title: "ksk-announced", role: "ksk", started: WAIT + HOUR, old: "retired", next: "active" },
  { title: "ksk-replaced", role: "ksk", started: WAIT + 2 * HOUR, replaced: HOUR, old: "retired", next: "active" },
  { title: "ksk-removed", role: "ksk", started: WAIT + DS_TTL + 3 * HOUR, replaced: DS_TTL + 2 * HOUR, old: "removed", next: "active" },
] as const;

type Stage = (typeof STAGES)[number];

interface Rolling {
  readonly stage: Stage;
  readonly title: string;
  readonly apex: string;
  readonly keys: KeySet;
  /** The zone's keys as validators know it whom a parent's DS led to one key signing key. */
  readonly trusted: readonly KeySet[];
  /** As those know it whom nobody told of the rollover, where that is over. */
  readonly outdated: KeySet | undefined;
}

function roll(stage: Stage): Rolling {
  const apex = `${stage.title}.rolling.example.org`;
  const algorithm = stage.role === "zsk" ? 13 : 15;
  const first = settledKeys(algorithm, `${apex}.`);
  const started = startRollover(first, generateZoneKey(stage.role, algorithm), TIMING, now - stage.started);
  const keys = "replaced" in stage ? dsReplaced(started, DS_TTL, now - stage.replaced) : started;
  const trusted = keys.keys
    .filter((key) => key.role === "ksk" && keyState(key, now) !== "removed")
    .map((key): KeySet => ({ zone: keys.zone, keys: [key] }));
  const outdated = stage.role === "ksk" && stage.old === "removed" ? first : undefined;
  return { stage, title: stage.title, apex, keys, trusted, outdated };
}

const QUESTIONS = [
  ["", "A", "success", "NOERROR"],
  ["", "DNSKEY", "success", "NOERROR"],
  ["", "CDS", "success", "NOERROR"],
  ["x9.", "A", "success", "NOERROR"],
  ["_tcp.", "A", "ncache nxrrset", "NOERROR"],
  ["nothing.", "A", "ncache nxdomain", "NXDOMAIN"],
] as const;

/** Of one algorithm fit into a secret together. */
describe.each(["zsk", "ksk"] as const)("a %s's rollover", (role) => {
  const stages = STAGES.filter((stage) => stage.role === role).map(roll);
  const undo = new AsyncDisposableStack();
  let upstream: { readonly host: string; readonly port: number };

  beforeAll(async () => {
    const networks = stages.map(({ title, apex }) => ({ apex, network: Object.assign({}, NETWORK, { name: title }) }));
    const edge = await startPublishingEdge({
      state: scratch(undo),
      network: networks[0]!.network,
      zones: networks.map(({ apex, network }) => zoneEntry(apex, network)),
      dnssecKeys: formatKeySets(stages.map(({ keys }) => keys)),
    });
    undo.defer(() => edge.stop());
    await Promise.all(networks.map(({ network }) => edge.publish([`25.1.0.1:${NETWORK.port}`, `25.2.0.1:${NETWORK.port}`], network.name)));
    const nameserver = await startNameserver({ edge: edge.url, snapshotKeys: [edge.publicKey], host: "127.0.0.1", port: 0 });
    undo.defer(() => nameserver.stop());
    await nameserver.ready;
    upstream = { host: "127.0.0.1", port: nameserver.udpPort };
  }, 120_000);
  afterAll(() => undo.disposeAsync());

  it.each(stages)("$title: the old key is $stage.old, the new one $stage.next", ({ keys, stage: { old, next } }) => {
    const [before, after] = keys.keys.filter((key) => key.role === role);
    expect([before, after].map((key) => key && keyState(key, now))).toEqual([old, next]);
    expect(scheduleOf(keys, now).published).toHaveLength(old === "removed" ? 2 : 3);
  });

  it.each(stages)("$title: is secure by every key that the parent may point to, to delv and to unbound", async ({ apex, trusted }) => {
    expect(trusted.length).toBeGreaterThan(0);
    for (const set of trusted) {
      const anchors = await writeAnchors(undo, set);
      const way = ["@127.0.0.1", "-p", String(upstream.port)];
      const questions = QUESTIONS.map(([label, type]) => ({ name: `${label}${apex}`, type }));
      const verdicts = await delv({ way, anchor: anchors.delv, root: apex }, questions);
      expect(verdicts.map(({ status, trust }) => `${status}: ${trust.join()}`)).toEqual(
        QUESTIONS.map(([, , status]) => `${status}: ${status === "success" ? "" : "negative_response_"}fully_validated`),
      );
      const unbound = await startUnbound(undo, { upstream, apex, anchor: anchors.unbound });
      const exchanges = await dig(
        [`@${unbound.host}`, "-p", String(unbound.port), "+rec", "+tcp", "+adflag"],
        questions.map(({ name, type }) => ask(name, type)),
      );
      expect(exchanges.map((exchange) => ("reply" in exchange ? [exchange.reply.status, exchange.reply.flags] : exchange))).toEqual(
        QUESTIONS.map(([, , , status]) => [status, "qr rd ra ad"]),
      );
    }
  });

  it.each(stages.filter(({ outdated }) => outdated !== undefined))(
    "$title: is bogus by the key that is gone",
    async ({ apex, outdated }) => {
      const { delv: anchor } = await writeAnchors(undo, outdated!);
      const way = ["@127.0.0.1", "-p", String(upstream.port)];
      const [verdict] = await delv({ way, anchor, root: apex }, [{ name: apex, type: "A" }]);
      expect(verdict).toMatchObject({ status: "broken trust chain", trust: [] });
    },
  );
});
