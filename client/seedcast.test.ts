import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { sealHeaders } from "../schema/seal.ts";
import type { PeerRow } from "../schema/snapshot.ts";
import { CHAIN_START, newSigner, sealChain, type Sealed } from "../test/support/sealed-chain.ts";
import { Seedcast, SeedcastError, type SeedcastOptions } from "./seedcast.ts";

const [signer, stranger] = [newSigner(), newSigner()];
const ROWS: PeerRow[] = Array.from({ length: 30 }, (_, i) => [`20.${i}.0.1:28333`, "409", 70_016, "/x/", null, null]);
const CHAIN = sealChain(
  5,
  () => signer,
  () => ({ peers: ROWS }),
);
const NOW = CHAIN_START + 300;
const PATH = "/v1/networks/devnet/snapshot";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

/** A host on loopback; `answers` says what it does, and can be changed; `asked` is what it was asked for. */
async function host(first: Answer): Promise<{ url: string; asked: string[]; answer: Answer }> {
  const site = { url: "", asked: [] as string[], answer: first };
  const server = createServer((request, response) => {
    site.asked.push(request.url ?? "");
    site.answer(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  undo.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return site;
}

/** As an edge answers. */
const edge =
  ({ bytes, seal }: Sealed): Answer =>
  ({ url }, response) => {
    if (url === PATH) response.writeHead(200, sealHeaders(seal)).end(bytes);
    else if (url === `${PATH}.sig`) response.end(JSON.stringify(seal));
    else response.writeHead(404).end();
  };

/** As a host of plain files answers: no headers of ours. */
const files =
  ({ bytes, seal }: Sealed): Answer =>
  ({ url }, response) =>
    void response.end(url === "/lists/devnet.json" ? bytes : url === "/lists/devnet.json.sig" ? JSON.stringify(seal) : "");

const client = (url: string, options: Partial<SeedcastOptions> = {}): Seedcast =>
  new Seedcast({ url, network: "devnet", keys: [signer.publicKey], now: () => NOW, ...options });

const reasonsOf = (work: Promise<unknown>): Promise<readonly string[]> =>
  work.then(
    () => ["none"],
    (error: unknown) => {
      if (error instanceof SeedcastError) return [error.reason, ...error.failures.map(({ reason }) => reason)];
      throw error;
    },
  );

/** When the first of the chain has grown stale. */
const late = () => CHAIN_START + 1_000;

describe("a client", () => {
  it("draws samples from an edge's list, and asks again only when that is due", async () => {
    const site = await host(edge(CHAIN[3]!));
    let now = NOW;
    const seed = client(site.url, { now: () => now });
    expect(seed.status).toBeUndefined();
    const peers = await seed.sample({ count: 5, family: "ip" });
    expect(peers).toHaveLength(5);
    expect(peers[0]).toMatchObject({
      address: expect.stringMatching(/^20\.\d+\.0\.1:28333$/),
      port: 28_333,
      family: "ipv4",
      services: "409",
    });
    expect(await seed.sample()).toHaveLength(8);
    expect(seed.status).toMatchObject({ seq: 4, peers: 30, digest: CHAIN[3]!.seal.digest });
    expect(site.asked).toEqual([PATH]);
    now += 300;
    await seed.sample();
    expect(site.asked.slice(1), "the seal tells that nothing is new").toEqual([`${PATH}.sig`]);
    site.answer = edge(CHAIN[4]!);
    await seed.refresh();
    expect(seed.position).toEqual({ seq: 5, digest: CHAIN[4]!.seal.digest, expires: CHAIN_START + 240 + 86_400 });
  });

  it("reads a copy on a host of plain files, whose seal is a file of its own", async () => {
    const site = await host(files(CHAIN[0]!));
    expect(await client(`${site.url}/lists/devnet.json`).sample()).toHaveLength(8);
    expect(site.asked).toEqual(["/lists/devnet.json", "/lists/devnet.json.sig"]);
  });

  it("tries mirrors in turn, and says of each what was wrong where none will do", async () => {
    const bad = { bytes: CHAIN[1]!.bytes, seal: CHAIN[0]!.seal };
    const [broken, forged, good] = [
      await host((_, response) => void response.writeHead(500).end()),
      await host(edge(bad)),
      await host(edge(CHAIN[2]!)),
    ];
    const none = "http://127.0.0.1:9";
    expect(await client(none, { mirrors: [broken.url, forged.url, good.url] }).sample()).toHaveLength(8);
    expect(await reasonsOf(client(none, { mirrors: [broken.url, forged.url] }).sample())).toEqual([
      "unreachable",
      "unreachable",
      "bad-status",
      "bad-digest",
    ]);
    expect(await reasonsOf(client(good.url, { keys: [stranger.publicKey] }).sample())).toEqual(["unknown-key", "unknown-key"]);
    expect(await reasonsOf(client(good.url, { network: "other" }).sample())).toEqual(["bad-status", "bad-status"]);
  });

  it("goes on to a fresher mirror where the first is stale, and takes the stale one where there is none", async () => {
    const [old, young] = [await host(edge(CHAIN[0]!)), await host(edge(CHAIN[4]!))];
    const seed = client(old.url, { mirrors: [young.url], now: late });
    await seed.refresh();
    expect(seed.status).toMatchObject({ seq: 5 });
    const lone = client(old.url, { mirrors: [old.url], now: late });
    await lone.refresh();
    expect(lone.status).toMatchObject({ seq: 1 });
  });

  it("takes nothing older than the position it was given, nor another branch", async () => {
    const site = await host(edge(CHAIN[3]!));
    const before = client(site.url);
    await before.refresh();
    const position = JSON.parse(JSON.stringify(before.position)) as NonNullable<typeof before.position>;
    site.answer = edge(CHAIN[2]!);
    expect(await reasonsOf(client(site.url, { position }).sample())).toEqual(["rolled-back", "rolled-back"]);
    site.answer = edge(CHAIN[4]!);
    expect(await client(site.url, { position }).sample()).toHaveLength(8);
    const branch = sealChain(
      2,
      () => signer,
      () => ({ peers: [] }),
      CHAIN.slice(0, 3),
    );
    for (const other of branch.slice(3)) {
      site.answer = edge(other);
      expect(await reasonsOf(client(site.url, { position }).sample())).toEqual(["forked", "forked"]);
    }
  });

  it("lives from memory while nobody answers, until the list expires", async () => {
    const site = await host(edge(CHAIN[4]!));
    let now = NOW;
    const seed = client(site.url, { now: () => now });
    await seed.sample();
    site.answer = (request) => request.destroy();
    now += 1_000;
    expect(await seed.sample()).toHaveLength(8);
    expect(await reasonsOf(seed.refresh())).toEqual(["unreachable", "unreachable"]);
    now += 86_400;
    expect(await reasonsOf(seed.sample())).toEqual(["unreachable", "unreachable"]);
    site.answer = edge(CHAIN[4]!);
    expect(await reasonsOf(seed.sample())).toEqual(["expired", "expired"]);
  });

  it("gives up on hosts that never end, never answer, or answer too much", async () => {
    const silent = await host(() => undefined);
    const trickle = await host((_, response) => void response.writeHead(200, sealHeaders(CHAIN[0]!.seal)).write("{"));
    const mirrors = [trickle.url];
    expect(await reasonsOf(client(silent.url, { mirrors, timeoutMs: 50 }).sample())).toEqual(["timeout", "timeout", "timeout"]);
    const flood = await host((_, response) => {
      const pour = (): void => {
        while (response.write(Buffer.alloc(65_536)));
        response.once("drain", pour);
      };
      response.writeHead(200, sealHeaders(CHAIN[0]!.seal));
      pour();
    });
    expect(await reasonsOf(client(flood.url).sample())).toEqual(["too-large", "too-large"]);
    const bomb = await host(
      (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(2_000_000))),
    );
    expect(await reasonsOf(client(bomb.url, { maxBytes: 1_000_000 }).sample())).toEqual(["too-large", "too-large"]);
    const sealed = await host(({ url }, response) => void response.end(url === PATH ? CHAIN[0]!.bytes : Buffer.alloc(100_000)));
    expect(await reasonsOf(client(sealed.url).sample())).toEqual(["too-large", "too-large"]);
    const senseless = await host(({ url }, response) => void response.end(url === PATH ? CHAIN[0]!.bytes : "<html>"));
    expect(await reasonsOf(client(senseless.url).sample())).toEqual(["unsealed", "unsealed"]);
  });

  it("asks once for all who wait, and stops when the last of them is aborted", async () => {
    const closed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const site = await host((request) => {
      request.socket.once("close", () => closed.resolve());
      asked.resolve();
    });
    const seed = client(site.url);
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [seed.sample({ signal: one.signal }), seed.sample({ signal: other.signal })];
    await asked.promise;
    one.abort(new Error("enough"));
    await expect(waiting[0]).rejects.toThrow("enough");
    expect(site.asked).toHaveLength(1);
    other.abort();
    await expect(waiting[1]).rejects.toMatchObject({ name: "AbortError" });
    await closed.promise;
    site.answer = edge(CHAIN[0]!);
    expect(await seed.sample()).toHaveLength(8);
    await expect(seed.sample({ signal: AbortSignal.abort() })).resolves.toHaveLength(8); // nothing to wait for
    await expect(seed.refresh({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("says where the platform keeps its crypto from the page", async () => {
    const crypto = { getRandomValues: () => undefined } as unknown as NonNullable<SeedcastOptions["crypto"]>;
    expect(await reasonsOf(client("https://seed.example.org", { crypto }).sample())).toEqual(["unsupported", "unsupported"]);
  });

  it("refuses options that can never work", () => {
    expect(() => client("https://seed.example.org", { keys: [] })).toThrow("keys");
    expect(() => client("https://seed.example.org", { keys: ["AAAA"] })).toThrow("keys");
    expect(() => client("ftp://seed.example.org")).toThrow(TypeError);
    expect(() => client("seed.example.org")).toThrow(TypeError);
    expect(() => client("https://seed.example.org", { network: "../x" })).toThrow("network");
    expect(() => client("https://seed.example.org", { position: { seq: 1 } as never })).toThrow("position");
    expect(client("https://seed.example.org", { position: JSON.parse("null") as null }).position).toBeUndefined();
  });
});
