import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { PeerRow } from "../../schema/snapshot.ts";
import { ROWS, START, startTestEdge, type TestEdge } from "../../serving/test-edge.ts";
import { seededRandom } from "../engine/test-kit.ts";
import { InputHistory } from "./history.ts";
import type { AskedInput, InputAnswer } from "./input.ts";
import { FEDERATION_LIMITS, snapshotInput, type SnapshotOptions } from "./snapshot.ts";

const NEVER = new AbortController().signal;
const STRANGER = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

let edge: TestEdge;
let db: DatabaseSync;
beforeEach(async () => {
  edge = await startTestEdge();
  db = new DatabaseSync(":memory:");
});
afterEach(() => edge.close());

/** The input as after a start: the database is what stays. */
const input = (options: Partial<SnapshotOptions> = {}, keys = [edge.publicKey]): AskedInput =>
  snapshotInput({
    federation: { edge: edge.url, keys },
    network: DEVNET,
    dialName: undefined,
    history: new InputHistory(db),
    clock: () => START,
    random: seededRandom(1),
    ...options,
  });

const ask = (options: Partial<SnapshotOptions> = {}, keys?: string[]): Promise<InputAnswer> => input(options, keys).ask(NEVER);

const alarm = (problem: RegExp): object => ({ addresses: [], alarm: true, problem: expect.stringMatching(problem) });

describe("another Seedcast's snapshot", () => {
  it("names its peers where a given key signed it, one of several too", async () => {
    edge.publish();
    const { addresses, problem } = await ask({}, [STRANGER, edge.publicKey]);
    expect(addresses.map(formatAddress).sort()).toEqual(ROWS.map(([text]) => text).sort());
    expect(problem).toBeUndefined();
  });

  it("says itself when there will be a newer one", async () => {
    edge.publish();
    const one = input();
    expect(one.freshUntil?.()).toBe(0);
    await one.ask(NEVER);
    expect(one.freshUntil?.()).toBe(START + 900);
  });

  it("is refused aloud where it may be an attacker's", async () => {
    edge.publish();
    expect(await ask({}, [STRANGER])).toEqual(alarm(/^refused, unknown-key: it is signed by a key that was not given/));
    edge.publish({}, (seal) => ({ ...seal, signature: `${seal.signature.startsWith("A") ? "B" : "A"}${seal.signature.slice(1)}` }));
    expect(await ask()).toEqual(alarm(/^refused, bad-signature/));
    edge.publish({}, (seal) => ({ ...seal, digest: "0".repeat(64) }));
    expect(await ask()).toEqual(alarm(/^refused, bad-digest/));
    edge.publish({ network: "bitcoin" });
    expect(await ask()).toEqual(alarm(/^refused, wrong-network/));
    edge.publish({}, (seal) => ({ ...seal, seq: 2 }));
    expect(await ask()).toEqual(alarm(/^refused, wrong-seq/));
  });

  it("never goes back, across a restart neither, while the newest seen is in date", async () => {
    edge.publish({ seq: 8 });
    expect((await ask()).problem).toBeUndefined();
    edge.publish({ seq: 7 });
    expect(await ask()).toEqual(alarm(/^refused, rolled-back/));
    edge.publish({ seq: 8 });
    expect((await ask()).problem).toBeUndefined();
    const later = START + 86_401; // the edge lost its database, and nothing in date is left to go back from
    edge.publish({ seq: 1, generated: later, stale: later + 900, expires: later + 86_400 });
    expect((await ask({ clock: () => later })).problem).toBeUndefined();
  });

  it("is of no use once it has expired, which is no attack", async () => {
    edge.publish();
    expect(await ask({ clock: () => START + 86_400 })).toEqual({ addresses: [], problem: "refused, expired: it has expired" });
  });

  it("is a fact to show where it cannot be had", async () => {
    expect(await ask()).toEqual({ addresses: [], problem: "HTTP 503" });
    edge.down = true;
    expect(await ask()).toMatchObject({ addresses: [], problem: expect.stringMatching(/^no connection/) });
    edge.down = false;
    edge.publish({ peers: [] });
    expect(await ask()).toEqual({ addresses: [], problem: "no peers" });
    edge.publish({ peers: [["seed.example:1", "9", 1, "", null, null]] });
    expect(await ask()).toEqual({ addresses: [], problem: "no peers" });
  });

  it("gives so many peers at most, drawn anew each time: its first are the lowest addresses", async () => {
    const count = FEDERATION_LIMITS.addresses + 500;
    const peers = Array.from({ length: count }, (_, i): PeerRow => [`20.${i >> 8}.${i & 255}.1:28333`, "409", 70016, "/x/", null, null]);
    edge.publish({ peers });
    const random = seededRandom(2);
    const [one, two] = [await ask({ random }), await ask({ random })];
    const texts = one.addresses.map(formatAddress);
    expect(new Set(texts).size).toBe(FEDERATION_LIMITS.addresses);
    expect(texts).not.toEqual(two.addresses.map(formatAddress));
    const last = new Set(peers.slice(-500).map(([text]) => text));
    expect(texts.filter((text) => last.has(text)).length).toBeGreaterThan(350);
  });
});
