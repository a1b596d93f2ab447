import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { base64urlnopad } from "@scure/base";
import { describe, expect, it } from "vitest";
import { MAX_BANK_SAMPLES } from "../../schema/bank.ts";
import type { PeerRow } from "../../schema/snapshot.ts";
import { configOf } from "../config.ts";
import { TYPE } from "../dns/records.ts";
import { labelsOf, wireName } from "../dnssec/test-message.ts";
import { isolateOf } from "./isolate.ts";
import { createResolver } from "./routes.ts";
import { apexOf, publishSigned, startSigned } from "./test-bank.ts";
import { createTestEdge, START } from "./test-edge.ts";

const NSID = [0, 3, 0, 0];

/** The URL of a query with EDNS, with these options. */
function urlOf(name: string, type: number, options: readonly number[] = [], dnssecOk = true): string {
  const opt = [0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, options.length, ...options];
  const query = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), type >> 8, type & 0xff, 0, 1, ...opt]);
  return `https://edge.example.org/dns-query?dns=${base64urlnopad.encode(query)}`;
}

const hex = (octets: Uint8Array): string => octets.reduce((text, octet) => text + octet.toString(16).padStart(2, "0"), "");

/** A signed zone, and a resolver with loaded dice: it throws the least face first, then the next one, and so on. */
async function start(network: string) {
  const { edge, keys, apex } = await startSigned(network);
  await publishSigned(edge, keys, { seq: 1 });
  const clock = { now: START };
  const dice = { throws: 0, faces: 0 };
  const random = (below: number): number => {
    dice.faces = below;
    return dice.throws++ % below;
  };
  const { fetch } = createResolver({ now: () => clock.now, random });
  const ask = async (url: string, init?: RequestInit<IncomingRequestCfProperties>) => {
    const context = createExecutionContext();
    const response = await fetch(new Request<unknown, IncomingRequestCfProperties>(url, init), edge.env, context);
    await waitOnExecutionContext(context);
    return {
      status: response.status,
      cache: response.headers.get("cache-control"),
      octets: hex(new Uint8Array(await response.arrayBuffer())),
    };
  };
  const kept = (url: string) => isolateOf(edge.env).kept.find(url, clock.now);
  return { clock, dice, ask, kept, apex, publish: (seq: number) => publishSigned(edge, keys, { seq }) };
}

describe("kept answers", () => {
  it("are one for each face, as if each were made when it is asked for", async () => {
    const { ask, kept, dice, apex } = await start("kept-faces");
    const url = urlOf(apex, TYPE.A);
    await ask(url); // the first visit loads the snapshot, and throws no dice
    const first = await ask(url);
    expect(dice.faces).toBeGreaterThan(1);
    const others = [];
    for (let i = 1; i < dice.faces; i++) others.push(await ask(url));
    expect(kept(url)?.answers.size).toBe(dice.faces);
    expect(new Set([first, ...others].map(({ octets }) => octets)).size).toBe(dice.faces);
    const throws = dice.throws;
    expect(await ask(url)).toEqual(first);
    expect(dice.throws).toBe(throws + 1);
    expect(await ask(urlOf(apex, TYPE.A, [0, 99, 0, 0]))).toEqual(others[0]); // the same question, kept for nobody yet
  });

  it("are the denials, which throw no dice", async () => {
    const { ask, kept, dice, apex } = await start("kept-denials");
    const url = urlOf(`nothing.${apex}`, TYPE.A);
    await ask(url);
    const { throws } = dice;
    const [second, third] = [await ask(url), await ask(url)];
    expect([third, dice.throws, kept(url)?.faces]).toEqual([second, throws, 1]);
  });

  it("are not those of another snapshot, nor of another step of the staleness ladder", async () => {
    const { ask, kept, clock, apex, publish } = await start("kept-turns");
    const url = urlOf(apex, TYPE.SOA);
    const first = await ask(url);
    expect(await ask(url)).toEqual(first);
    await publish(2);
    clock.now += 60;
    await ask(url); // refreshes behind the answer
    expect(kept(url)).toBeUndefined();
    const second = await ask(url);
    expect(second.octets).not.toBe(first.octets);
    clock.now += 900;
    const stale = await ask(url);
    expect(stale.cache).toBe("public, max-age=30");
    expect([second.cache, await ask(url)]).toEqual(["public, max-age=60", stale]);
  });

  it("are no fresh samples, no refusals, and nothing that is about the request", async () => {
    const { ask, kept, apex } = await start("kept-nots");
    const fresh = urlOf(apex, TYPE.A, [], false);
    expect((await ask(fresh)).octets).not.toBe((await ask(fresh)).octets);
    for (const url of [fresh, urlOf("example.net", TYPE.A), urlOf(apex, TYPE.SOA, NSID)]) {
      await ask(url);
      await ask(url);
      expect(kept(url)).toBeUndefined();
    }
  });

  it.each([
    [MAX_BANK_SAMPLES, true],
    [MAX_BANK_SAMPLES + 1, false],
  ])("are of dice with as many faces as a bank's at most: one peer of %i is kept: %s", async (peers, isKept) => {
    const network = `kept-one-of-${peers}`;
    const edge = await createTestEdge(network);
    const rows = Array.from({ length: peers }, (_, i): PeerRow => [
      `20.${i >> 8}.${i & 0xff}.1:28333`,
      "9",
      70_016,
      "/Seed:1.0/",
      null,
      null,
    ]);
    await edge.publish({ peers: rows });
    const one = edge.with({ ZONES: [{ ...configOf(edge.env).served[0]!.zone, records: 1 }] });
    const { pathname, search, href } = new URL(urlOf(apexOf(network), TYPE.A));
    await one.fetch(pathname + search);
    expect(isolateOf(one.env).kept.find(href, START) !== undefined).toBe(isKept);
  });

  it("tell each client where it was answered", async () => {
    const { ask, apex } = await start("kept-places");
    const url = urlOf(apex, TYPE.SOA, NSID);
    const at = (colo: string) => ask(url, { cf: { colo } as IncomingRequestCfProperties });
    await at("AMS");
    const [here, there] = [await at("AMS"), await at("FRA")];
    expect([
      here.octets.includes(hex(new TextEncoder().encode("AMS"))),
      there.octets.includes(hex(new TextEncoder().encode("FRA"))),
    ]).toEqual([true, true]);
  });

  it("are for those only who accept a message", async () => {
    const { ask, kept, apex } = await start("kept-accept");
    const url = urlOf(apex, TYPE.SOA);
    await ask(url);
    await ask(url);
    expect(kept(url)).toBeDefined();
    expect((await ask(url, { headers: { accept: "text/html" } })).status).toBe(406);
    expect((await ask(url, { method: "HEAD" })).octets).toBe("");
  });
});
