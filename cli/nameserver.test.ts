import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bankText, testKeys } from "../serving/test-bank.ts";
import { START, startTestEdge, type TestEdge } from "../serving/test-edge.ts";
import type { KeySet } from "../workers/dnssec/keys.ts";
import { startCommand } from "./child.ts";

/** Far in the future, or long ago, whenever the test runs. */
const [NEVER, LONG_AGO] = [4_000_000_000, 1_000_000_000];

let edge: TestEdge;
let keys: KeySet;

beforeEach(async () => {
  keys = await testKeys();
  edge = await startTestEdge();
  edge.publish({ seq: 5, generated: NEVER - 1, stale: NEVER, expires: NEVER });
  await publishBank(5, LONG_AGO);
});
afterEach(() => edge.close());

async function publishBank(seq: number, generated: number): Promise<void> {
  const text = await bankText(keys, seq);
  edge.publishBank(text.replace(`"generated":${START},"expires":${START + 86_400}`, `"generated":${generated},"expires":${NEVER}`), seq);
}

const start = (...args: readonly string[]) =>
  startCommand(["nameserver", "--edge", edge.url.href, "--key", edge.publicKey, "--listen", "127.0.0.1:0", "--refresh", "1", ...args]);

describe("seedcast nameserver says how a zone stands, when that changes", () => {
  it("in JSON", async () => {
    const server = start("--json");
    await server.line(/"bank":"stale"/);
    await publishBank(6, NEVER);
    await server.line(/"bank":"fresh"/);
    server.child.kill("SIGINT");
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    const lines = stdout.split("\n").filter((line) => line.includes('"freshness"'));
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { type: "freshness", network: "devnet", freshness: "stale", snapshot: "fresh", bank: "stale" },
      { type: "freshness", network: "devnet", freshness: "fresh", snapshot: "fresh", bank: "fresh" },
    ]);
  });

  it("in words", async () => {
    const server = start();
    await server.line(/^devnet: stale: snapshot fresh, bank stale; answered with short TTLs, and EDE 3$/);
    edge.publishBank();
    await server.line(/^devnet: fresh: snapshot fresh, not signed; answered$/);
    server.child.kill("SIGINT");
    expect(await server.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ready 127.0.0.1:\d+\n$/) });
  });
});
