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
import { Faces, MAX_AHEAD, Stock } from "./supply.ts";
import { apexOf, publishSigned, startSigned } from "./test-bank.ts";
import { createTestEdge, START } from "./test-edge.ts";

const NSID = [0, 3, 0, 0];

/** The URL of a query with EDNS, with these options. */
function urlOf(name: string, type: number, options: readonly number[] = [], dnssecOk = true): string {
  const opt = [0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, options.length, ...options];
  const query = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), type >> 8, type & 0xff, 0, 1, ...opt]);
  return `https://edge.example.org/dns-query?dns=${base64urlnopad.encode(query)}`;
}

const jsonUrlOf = (name: string, type: string): string => `https://edge.example.org/resolve?name=${name}&type=${type}`;

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
      type: response.headers.get("content-type"),
      octets: hex(new Uint8Array(await response.arrayBuffer())),
    };
  };
  const kept = (url: string) => {
    const { messages, json } = isolateOf(edge.env);
    return messages.find(url, clock.now) ?? json.find(url, clock.now);
  };
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
    expect(kept(url)?.supply).toBeInstanceOf(Faces);
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
    expect([third, dice.throws]).toEqual([second, throws]);
    expect(kept(url)?.supply).toBeInstanceOf(Faces);
  });

  it.each([
    ["message", (apex: string) => urlOf(apex, TYPE.SOA)],
    ["JSON", (apex: string) => jsonUrlOf(apex, "SOA")],
  ])("are not those of another snapshot, nor of another step of the staleness ladder: %s", async (form, urlIn) => {
    const { ask, kept, clock, apex, publish } = await start(`kept-turns-${form.toLowerCase()}`);
    const url = urlIn(apex);
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

  it.each([
    ["messages", (apex: string) => urlOf(apex, TYPE.A, [], false)],
    ["JSON", (apex: string) => jsonUrlOf(apex, "A")],
  ])("are made ahead where they are fresh samples, and each is given once: %s", async (form, urlIn) => {
    const { ask, kept, dice, apex } = await start(`kept-fresh-${form.toLowerCase()}`);
    const url = urlIn(apex);
    const given = [];
    for (let i = 0; i < 3 * MAX_AHEAD + 7; i++) given.push((await ask(url)).octets);
    expect(new Set(given).size).toBe(given.length);
    expect(kept(url)?.supply).toBeInstanceOf(Stock);
    const { throws } = dice;
    await ask(url); // of what was made ahead some is left
    expect(dice.throws).toBe(throws);
  });

  it("are of the snapshot that is held, also where they were made ahead", async () => {
    const { ask, clock, dice, apex, publish } = await start("kept-ahead");
    const url = urlOf(apex, TYPE.A, [], false);
    for (let i = 0; i < 10; i++) await ask(url);
    await publish(2);
    clock.now += 60;
    await ask(url); // refreshes behind the answer
    const { throws } = dice;
    await ask(url);
    expect(dice.throws).toBeGreaterThan(throws);
  });

  it.each([
    ["messages", (apex: string) => urlOf(apex, TYPE.A, [], false)],
    ["JSON", (apex: string) => jsonUrlOf(apex, "A")],
  ])("are as fresh as what is held, also where they were made ahead: %s", async (form, urlIn) => {
    const { ask, clock, dice, apex } = await start(`kept-ladder-${form.toLowerCase()}`);
    const url = urlIn(apex);
    const caches = [];
    for (const seconds of [0, 900, 86_400]) {
      clock.now = START + seconds;
      for (let i = 0; i < 10; i++) caches.push((await ask(url)).cache);
    }
    expect(caches).toEqual(["public, max-age=60", "public, max-age=30", "no-store"].flatMap((cache) => Array<string>(10).fill(cache)));
    const { throws } = dice;
    await ask(url);
    expect(dice.throws).toBe(throws);
  });

  it("are no refusals, and nothing that is about the request", async () => {
    const { ask, kept, apex } = await start("kept-nots");
    for (const url of [urlOf("example.net", TYPE.A), jsonUrlOf("example.net", "A"), urlOf(apex, TYPE.SOA, NSID)]) {
      await ask(url);
      await ask(url);
      expect(kept(url)).toBeUndefined();
    }
  });

  it("go by the media type that each client wants", async () => {
    const { ask, kept, apex } = await start("kept-types");
    const url = jsonUrlOf(apex, "SOA");
    const accepting = async (accept: string) => {
      const { status, type } = await ask(url, { headers: { accept } });
      return [status, type];
    };
    await ask(url);
    expect(kept(url)).toBeDefined();
    expect(await accepting("application/dns-json")).toEqual([200, "application/dns-json"]);
    expect(await accepting("application/json")).toEqual([200, "application/json"]);
    expect((await accepting("text/html"))[0]).toBe(406);
    const message = `${url}&ct=application/dns-message`;
    const [first, second] = [await ask(message), await ask(message)];
    expect(second).toEqual(first);
    expect(second.type).toBe("application/dns-message");
  });

  it.each([
    [MAX_BANK_SAMPLES, true],
    [MAX_BANK_SAMPLES + 1, false],
  ])("are handed out again where a die has as many faces as a bank's at most: one peer of %i: %s", async (peers, isFace) => {
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
    expect(isolateOf(one.env).messages.find(href, START)?.supply).toBeInstanceOf(isFace ? Faces : Stock);
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
