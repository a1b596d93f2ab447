/** `seedcast snapshot verify` against a chain that the real publisher made, with a change of keys in it, and against those who lie about it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKey } from "../crawler/push/key-file.ts";
import type { ChainLink } from "../schema/chain.ts";
import { SnapshotSealSchema, decodeSnapshot } from "../schema/snapshot.ts";
import { sealFromHeaders } from "../schema/seal.ts";
import { linkOf, startChainHost, type ChainHost, type HostedChain } from "../test/support/chain-host.ts";
import { startPublishingEdge, type PublishingEdge } from "../test/support/publishing-edge.ts";
import { newSigner, sealChain, sealSnapshot, sealText, signerFrom, type Sealed, type TestSigner } from "../test/support/sealed-chain.ts";
import * as v from "valibot";
import type { Sighting } from "../schema/chain-audit.ts";
import { auditJson } from "./audit-report.ts";
import { auditSources } from "./chain-audit.ts";
import { limitedFetch } from "./chain-limits.ts";
import { webSource } from "./chain-sources.ts";
import { runCommand, type Ended } from "./child.ts";
import type { Terminal } from "./terminal.ts";

/** Snapshots by the first key, then by the second. */
const BEFORE = 3;
const LENGTH = 5;

const undo = new AsyncDisposableStack();
let folder: string;
let edge: PublishingEdge;
let host: ChainHost;
let old: TestSigner;
let young: TestSigner;
let chain: readonly Sealed[];

const file = (name: string): string => join(folder, name);
const keys = (): readonly string[] => ["--key", `${old.publicKey},${young.publicKey}`];
const verify = (...args: readonly string[]): Promise<Ended> => runCommand(["snapshot", "verify", ...args], { cwd: folder });

const quiet: Terminal = { print: () => undefined, note: () => undefined, progress: () => undefined, signal: new AbortController().signal };

/** What is to be said of the host's chain, as JSON; without a process of its own, which takes longer than the audit. */
async function judged(hosted: HostedChain, seen?: Sighting): Promise<unknown> {
  host.serve(hosted);
  const now = Date.now() / 1_000;
  const source = webSource(new URL(host.url), "devnet", limitedFetch(quiet.signal));
  const trusted = [old.publicKey, young.publicKey];
  return auditJson(await auditSources([source], { network: "devnet", keys: trusted, seen, now, terminal: quiet }), now);
}

/** Wrong by this much, and for this reason. */
const wrong = (reason: string, seq: number) => ({ genuine: false, reason, faults: [{ reason, seq, source: host.url }] });

/** Another chain on top of the first `length` snapshots, signed by the publisher's own key. */
const branch = (length: number, more: number): readonly Sealed[] => {
  const { generated, stale, expires } = decodeSnapshot(Buffer.from(chain.at(-1)!.bytes).toString("utf8"));
  return sealChain(
    more,
    () => young,
    () => ({ generated, stale, expires, peers: [] }),
    chain.slice(0, length),
  );
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-chain-"));
  undo.defer(() => rm(folder, { recursive: true }));
  const [first, second] = [generateKey(), generateKey()];
  [old, young] = [signerFrom(first), signerFrom(second)];
  const state = file("edge");
  const before = await startPublishingEdge({ state, snapshotKey: first });
  for (let i = 1; i <= BEFORE; i++) await before.publish([`127.0.0.${i}:28333`]);
  await before.stop();
  edge = await startPublishingEdge({ state, snapshotKey: second, trusted: [old.publicKey] });
  undo.defer(() => edge.stop());
  for (let i = BEFORE + 1; i <= LENGTH; i++) await edge.publish([`127.0.0.${i}:28333`]);
  chain = await Promise.all(
    Array.from({ length: LENGTH }, async (_, i): Promise<Sealed> => {
      const { headers, ...response } = await fetchSnapshot(new URL(`/v1/networks/devnet/snapshots/${i + 1}`, edge.url));
      return {
        bytes: response.bytes,
        seal: v.parse(
          SnapshotSealSchema,
          sealFromHeaders((name) => headers.get(name)),
        ),
      };
    }),
  );
  host = await startChainHost("devnet", { chain });
  undo.defer(() => host.close());
}, 120_000);
afterAll(() => undo.disposeAsync());

async function fetchSnapshot(url: URL): Promise<{ headers: Headers; bytes: Uint8Array<ArrayBuffer> }> {
  const response = await fetch(url);
  return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

const textOf = (seq: number): string => Buffer.from(chain[seq - 1]!.bytes).toString("utf8");
const changedText = (seq: number): string => textOf(seq).replace("/test:1.0/", "/evil:1.0/");
const changedBytes = (seq: number): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(changedText(seq)));

describe("the real publisher's chain", () => {
  it("is proven from end to end, over a change of keys", async () => {
    const { code, stdout, stderr } = await verify(edge.url.href, "-n", "devnet", ...keys());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^genuine: snapshot 5 of devnet with 5 peers, fresh\n/);
    expect(stdout).toContain("checked    1–5: bytes, signatures");
    expect(stdout).toMatch(/signed by {2}\S{43} 4–5\nsigned by {2}\S{43} 1–3\n/);
    expect(stdout).not.toContain("claimed");
    const json = await verify(`${edge.url.href}v1/networks/devnet/snapshot`, ...keys(), "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      genuine: true,
      seq: 5,
      faults: [],
      sources: [{ checked: { from: 1, to: 5 }, claimed: null }],
    });
  });

  it("needs both keys: one finds what the other signed", async () => {
    const half = await verify(edge.url.href, "-n", "devnet", "--key", young.publicKey);
    expect(half).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/snapshot 3 of \S+: it is signed by a key that was not given for it \(unknown-key\)/),
    });
    const none = await verify(edge.url.href, "-n", "devnet", "--key", newSigner().publicKey, "--json");
    expect(none.code).toBe(3);
    expect(JSON.parse(none.stdout)).toMatchObject({ genuine: false, reason: "unknown-key" });
  });

  it("is followed from run to run", async () => {
    const seen = file("followed.seen");
    const at = [edge.url.href, "-n", "devnet", ...keys(), "--seen", seen];
    expect((await verify(...at)).code).toBe(0);
    expect(JSON.parse(await readFile(seen, "utf8"))).toEqual({ network: "devnet", seq: LENGTH, digest: chain.at(-1)!.seal.digest });
    await writeFile(seen, JSON.stringify({ network: "devnet", seq: 2, digest: chain[1]!.seal.digest }));
    const again = await verify(...at.slice(0, 1), ...at.slice(3)); // the file knows the network
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/checked {4}3–5[^]*seen {7}2 is on the chain, as it was/) });
    expect(JSON.parse(await readFile(seen, "utf8"))).toMatchObject({ seq: LENGTH });
    expect(await verify(edge.url.href, "-n", "navio", ...keys(), "--seen", seen)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is about devnet"),
    });
  });

  it("is verified from files in any order, where none is missing", async () => {
    const names = chain.map(({ seal }) => file(`kept-${seal.seq}`));
    for (const [i, { bytes, seal }] of chain.entries()) {
      await writeFile(names[i]!, bytes);
      await writeFile(`${names[i]}.sig`, JSON.stringify(seal));
    }
    const [one, two, three, four, five] = names as [string, string, string, string, string];
    expect(await verify(three, five, one, four, two, ...keys())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("checked    1–5"),
    });
    expect(await verify(three, four, ...keys())).toMatchObject({ code: 0, stdout: expect.stringContaining("checked    3–4") });
    expect(await verify(one, two, five, ...keys())).toMatchObject({ code: 3, stdout: expect.stringContaining("(gap)") });
    // An archive beside the edge: the same list, as it was.
    expect(await verify(edge.url.href, one, two, ...keys())).toMatchObject({ code: 2, stderr: expect.stringContaining("--network") });
    const both = await verify(edge.url.href, two, one, ...keys(), "-n", "devnet");
    expect(both).toMatchObject({ code: 0, stdout: expect.stringMatching(/also {7}\S+kept-2: snapshot 2, 3 behind, on the same chain/) });

    const other = branch(3, 1)[3]!;
    await writeFile(file("other"), other.bytes);
    await writeFile(file("other.sig"), JSON.stringify(other.seal));
    expect(await verify(...names, file("other"), ...keys())).toMatchObject({ code: 3, stdout: expect.stringContaining("(forked)") });
    await writeFile(`${five}.sig`, "no seal");
    expect(await verify(...names, ...keys())).toMatchObject({ code: 3, stdout: expect.stringContaining("(unsealed)") });
  });
});

describe("a host that lies", () => {
  it("is found out where it changed bytes, signed or not", async () => {
    const kept = { bytes: changedBytes(2), seal: chain[1]!.seal };
    expect(await judged({ chain: chain.with(1, kept) })).toMatchObject(wrong("bad-digest", 2));
    // A stolen older key signs older history anew: what came after does not name it.
    expect(await judged({ chain: chain.with(1, sealText(changedText(2), 2, old)) })).toMatchObject(wrong("rewritten", 2));
    expect(await judged({ chain: chain.with(1, sealText(changedText(2), 2, newSigner())) })).toMatchObject(wrong("unknown-key", 2));
  });

  it("is found out where it changed, dropped or swapped links", async () => {
    const links = chain.map(linkOf).toReversed();
    const expectLinks = async (changed: readonly ChainLink[], reason: string, seq: number) =>
      expect(await judged({ chain, kept: 5, links: changed })).toMatchObject(wrong(reason, seq));
    await expectLinks(links.with(2, { ...links[2]!, digest: "00".repeat(32) }), "rewritten", 3);
    await expectLinks(links.toSpliced(2, 1), "gap", 3);
    await expectLinks([links[0]!, links[1]!, links[3]!, links[2]!, links[4]!], "gap", 3);
    await expectLinks(links.slice(0, 3), "gap", 2);
    const { code, stdout } = await (host.serve({ chain, kept: 5 }), verify(host.url, "-n", "devnet", ...keys()));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/checked {4}5:[^]*claimed {4}1–3: .*nothing proves them/) });
  });

  it("is found out where it goes back, forks or rewrites behind what was seen", async () => {
    const seen = (seq: number): Sighting => ({ seq, digest: chain[seq - 1]!.seal.digest });
    expect(await judged({ chain: chain.slice(0, 4) }, seen(5))).toMatchObject(wrong("rolled-back", 4));
    expect(await judged({ chain: branch(4, 1) }, seen(5))).toMatchObject(wrong("forked", 5));
    expect(await judged({ chain: branch(4, 2) }, seen(5))).toMatchObject(wrong("rewritten", 5));
    expect(await judged({ chain: branch(2, 4) }, seen(3))).toMatchObject(wrong("rewritten", 3));
    expect(await judged({ chain, kept: 5 }, seen(3))).toMatchObject({ genuine: true, seen: { seq: 3, standing: "claimed" } });
  });

  it("does not make anybody forget what was seen", async () => {
    const seen = file("lied.seen");
    const remember = (seq: number) => writeFile(seen, JSON.stringify({ network: "devnet", seq, digest: chain[seq - 1]!.seal.digest }));
    await remember(5);
    host.serve({ chain: branch(4, 2) });
    const lied = await verify(host.url, ...keys(), "--seen", seen);
    expect(lied).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/not to be used: snapshot 5 of .*\(rewritten\)\nnewest: snapshot 6/),
    });
    expect(JSON.parse(await readFile(seen, "utf8"))).toMatchObject({ seq: 5, digest: chain[4]!.seal.digest });
    await remember(2);
    host.serve({ chain, bare: true });
    const far = await verify(host.url, ...keys(), "--seen", seen);
    expect(far).toMatchObject({ code: 1, stderr: expect.stringContaining("lies further back") });
    expect(JSON.parse(await readFile(seen, "utf8"))).toMatchObject({ seq: 2 });
    await writeFile(seen, "{}");
    expect(await verify(host.url, "-n", "devnet", ...keys(), "--seen", seen)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no file of --seen"),
    });
  });

  it("is found out beside the edge: two lists of one number", async () => {
    host.serve({ chain: branch(4, 1), bare: true });
    const forked = await verify(edge.url.href, host.url, "-n", "devnet", ...keys());
    expect(forked).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/snapshot 5 of \S+: there are two genuine snapshots[^]*\(forked\)/),
    });
    host.serve({ chain: chain.slice(0, 4), bare: true });
    const behind = await verify(edge.url.href, host.url, "-n", "devnet", ...keys());
    expect(behind).toMatchObject({ code: 0, stdout: expect.stringMatching(/also {7}\S+: snapshot 4, 1 behind, on the same chain/) });
    const away = await verify(edge.url.href, "http://127.0.0.1:9", "-n", "devnet", ...keys());
    expect(away).toMatchObject({ code: 1, stdout: expect.stringContaining("genuine"), stderr: expect.stringContaining("no connection") });
  });

  it("is found out where its list is out of date, or another network's", async () => {
    const dead = sealSnapshot({ ...decodeSnapshot(textOf(5)), stale: 1, expires: 2 }, young);
    expect(await judged({ chain: chain.with(4, dead) })).toMatchObject(wrong("expired", 5));
    const foreign = sealSnapshot({ ...decodeSnapshot(textOf(5)), network: "other" }, young);
    expect(await judged({ chain: chain.with(4, foreign) })).toMatchObject({ genuine: false, reason: "wrong-network" });
  });
});

describe("a command line that makes no sense", () => {
  it("is refused", async () => {
    for (const [args, message] of [
      [["http://127.0.0.1:9"], "--network"],
      [["a", "b", "--seal", "c"], "--seal is for one file"],
      [[], "missing required argument"],
    ] as const) {
      expect(await verify(...args, ...keys())).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    }
  });
});
