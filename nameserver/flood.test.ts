/** A flood over UDP, as fast as a process can send: whoever else asks is answered meanwhile, over every transport. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { residentOctetsOf } from "../bench/processes.ts";
import { APEX } from "../serving/test-edge.ts";
import { startFuzzEdge, startFuzzNameserver, type FuzzEdge, type FuzzNameserver } from "../test/support/fuzz-edge.ts";
import { frame } from "./framing.ts";
import { addresses, decode, exchange, openTcp, query } from "./test-client.ts";
import { openUdp, prefixAddress } from "./test-fuzz-client.ts";

/** Others who ask, one after the other. */
const OTHERS = 100;
/** The flood is one when so many datagrams have been sent. */
const FLOOD = 20_000;
/** By how much the flooded process may grow, in octets. Nothing of a flood is kept. */
const GROWTH = 48 * 1_024 * 1_024;
/** After how many milliseconds a resolver asks again by UDP, from another port: what a kernel has no room for, it drops. */
const RETRY_MS = 200;

let edge: FuzzEdge;
let server: FuzzNameserver;
let flood: ChildProcess;

/** How many datagrams the flood has sent. */
async function flooded(): Promise<number> {
  flood.send("how many?");
  const [sent] = await once(flood, "message");
  return Number(sent);
}

beforeAll(async () => {
  edge = await startFuzzEdge();
  server = await startFuzzNameserver(edge);
}, 60_000);

afterAll(async () => {
  flood?.kill();
  await server?.stop();
  await edge?.workerd.stop();
});

/** Asks by UDP until an answer comes. */
async function ask(address: string, id: number): Promise<ReturnType<typeof decode>> {
  for (;;) {
    const socket = await openUdp(address);
    try {
      const replied = once(socket, "message", { signal: AbortSignal.timeout(RETRY_MS) });
      socket.send(query(APEX, "A", id), server.port, "127.0.0.1");
      const [reply] = await replied;
      return decode(reply);
    } catch (error) {
      if (!(error instanceof Error && error.name === "AbortError")) throw error;
    } finally {
      socket.close();
    }
  }
}

describe("a flood over UDP", () => {
  it("keeps nobody else from being answered", async () => {
    await ask(prefixAddress(0), 1);
    const resident = residentOctetsOf(server.pid);
    const source = prefixAddress(49_999);
    const octets = query(APEX, "A", 7).toString("hex");
    flood = fork(join(import.meta.dirname, "..", "test", "support", "udp-flood.ts"), [String(server.port), source, octets]);
    await expect.poll(flooded, { timeout: 60_000 }).toBeGreaterThan(FLOOD);
    for (let i = 0; i < OTHERS; i++) {
      const before = await flooded();
      const response = await fetch(`${edge.workerd.url}/dns-query?dns=${query(APEX, "A", 0).toString("base64url")}`);
      expect(response.status).toBe(200);
      expect(addresses(decode(Buffer.from(await response.arrayBuffer())))).toHaveLength(25);

      const socket = await openTcp(server.port);
      const [reply] = await exchange(socket, frame(query(APEX, "A", i)), 1);
      expect([reply?.id, addresses(reply!).length]).toEqual([i, 25]);
      socket.destroy();

      const answer = await ask(prefixAddress(1 + i), i);
      expect([answer.id, addresses(answer).length]).toEqual([i, 25]);
      expect(await flooded()).toBeGreaterThan(before); // it is still one
    }
    expect(residentOctetsOf(server.pid) - resident).toBeLessThan(GROWTH);
  }, 120_000);
});
