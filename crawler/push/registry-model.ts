/** For tests: a registry's report resource in a Map, by the words of `schema/api.ts`, with faults on demand. Written apart from the real one. */
import { webcrypto } from "node:crypto";
import * as v from "valibot";
import { PushSchema, type Push } from "../../schema/api.ts";
import { verifyRequest } from "../../schema/http-signature.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../../schema/report.ts";

/** What goes wrong with the next request. `hang` applies it and never answers: the crawler crashes while it waits. */
export type Fault = "lost-request" | "lost-reply" | "hang-before" | "hang-after" | "error" | "busy" | "garbage" | "forbidden";

export class RegistryModel {
  seq = 0;
  reports = new Map<string, Report>();
  faults: Fault[] = [];
  /** Every push that was understood, whatever became of it. */
  readonly pushes: Push[] = [];
  readonly urls: string[] = [];
  maxChanges = 5_000;
  /** Another crawler with the same key: whatever is pushed, something else came in before. */
  usurped = false;
  pageSize = 3;
  readonly refuses: (address: string) => boolean;
  readonly #publicKey: string;
  readonly #now: () => number;

  constructor(publicKey: string, now: () => number, refuses: (address: string) => boolean = () => false) {
    this.#publicKey = publicKey;
    this.#now = now;
    this.refuses = refuses;
  }

  get digest(): string {
    return foldDigest(EMPTY_DIGEST, [], this.reports.values());
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input.url : input, init);
    this.urls.push(request.url);
    const fault = this.faults.shift();
    if (fault === "lost-request") throw new TypeError("fetch failed");
    if (fault === "hang-before") return hang();
    if (fault === "error") return new Response("<h1>Bad gateway</h1>", { status: 502 });
    if (fault === "busy") return Response.json({ title: "Too many pushes" }, { status: 429, headers: { "retry-after": "7" } });
    if (fault === "forbidden") return Response.json({ title: "Key\u0007 not enrolled" }, { status: 403 });
    const body = new Uint8Array(await request.arrayBuffer());
    await verifyRequest(
      { method: request.method, url: request.url, header: (name) => request.headers.get(name) },
      { crypto: webcrypto.subtle, now: Math.floor(this.#now() / 1000), findKey: () => this.#publicKey, body },
    );
    const reply = request.method === "GET" ? this.#page(new URL(request.url)) : this.#push(body);
    if (fault === "lost-reply") throw new TypeError("fetch failed");
    if (fault === "hang-after") return hang();
    if (fault === "garbage") return Response.json({ seq: "one" });
    return reply;
  };

  #page(url: URL): Response {
    const after = url.searchParams.get("after") ?? "";
    const rest = [...this.reports.values()].filter(({ address }) => address > after).sort((a, b) => (a.address < b.address ? -1 : 1));
    const reports = rest.slice(0, this.pageSize);
    return Response.json({
      seq: this.seq,
      digest: this.digest,
      reports,
      next: rest.length > reports.length ? reports.at(-1)!.address : null,
    });
  }

  #push(body: Uint8Array): Response {
    const push = v.parse(PushSchema, JSON.parse(Buffer.from(body).toString("utf8")));
    this.pushes.push(push);
    if (push.changes.length > this.maxChanges) return Response.json({ title: "Too many changes" }, { status: 413 });
    const { full } = push;
    if (this.usurped) {
      this.seq = push.seq;
      this.reports = new Map([["6.6.6.6:1", sampleReport("6.6.6.6:1", { version: push.seq })]]);
    }
    const outOfStep = full === undefined ? push.seq !== this.seq + 1 || push.base !== this.digest : push.seq <= this.seq;
    const next = new Map(this.reports);
    if (full !== undefined) {
      for (const address of next.keys()) {
        if ((full.after === null || address > full.after) && (full.upto === null || address <= full.upto)) next.delete(address);
      }
    }
    const refused = push.changes
      .filter(({ address }) => this.refuses(address))
      .map(({ address }) => ({ address, refusal: "address-not-routable" }));
    for (const change of push.changes) {
      if (this.refuses(change.address)) continue;
      if (change.state === "gone") next.delete(change.address);
      else next.set(change.address, change);
    }
    const digest = foldDigest(EMPTY_DIGEST, [], next.values());
    const checked = full === undefined || full.upto === null;
    if (outOfStep || (checked && refused.length === 0 && digest !== push.digest)) {
      return Response.json({ seq: this.seq, digest: this.digest }, { status: 409 });
    }
    this.reports = next;
    this.seq = push.seq;
    return Response.json({ seq: this.seq, digest, applied: push.changes.length - refused.length, refused });
  }
}

const hang = (): Promise<Response> => new Promise(() => undefined);

/** A good report about an address. */
export function sampleReport(address: string, change: Partial<Report> = {}): Report {
  return {
    address,
    state: "good",
    services: "409",
    version: 70016,
    agent: "/test:1.0/",
    height: 100,
    since: 1_790_000_000,
    seen: 1_790_000_100,
    reliability: [1000, 1000, 900, 500, 0],
    ...change,
  };
}
