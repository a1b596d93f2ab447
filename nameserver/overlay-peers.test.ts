/** Peers on overlays by UDP and TCP, as other people's software reads them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PeerRow } from "../schema/snapshot.ts";
import { frame } from "./framing.ts";
import { startNameserver, type Nameserver } from "./nameserver.ts";
import { askUdp, exchange, openTcp, query, type ReplyOf } from "./test-client.ts";
import { APEX, ROWS, START, startTestEdge, type TestEdge } from "../serving/test-edge.ts";

const ONIONS = Array.from({ length: 26 }, (_, i): PeerRow => [
  `${String.fromCharCode(97 + i).repeat(56)}.onion:28333`,
  i === 0 ? "409" : "9",
  70016,
  "/x/",
  null,
  null,
]);
const PEERS = `_peers.${APEX}`;

const texts = (reply: ReplyOf): string[] =>
  (reply.answers ?? []).map((answer) =>
    answer.type === "TXT" && Array.isArray(answer.data) ? answer.data.map(String).join(" ") : answer.type,
  );

const run = promisify(execFile);
const hasDig = await run("dig", ["-v"]).then(
  () => true,
  () => false,
);

const dig = async (...args: readonly string[]): Promise<string> =>
  (await run("dig", ["@127.0.0.1", "-p", String(server.udpPort), "+nocookie", "+tries=1", ...args])).stdout;

let edge: TestEdge;
let server: Nameserver;

beforeAll(async () => {
  edge = await startTestEdge();
  edge.publish({ peers: [...ROWS, ...ONIONS] });
  server = await startNameserver({ edge: edge.url, snapshotKeys: [edge.publicKey], host: "127.0.0.1", port: 0, now: () => START * 1000 });
  await server.ready;
});

afterAll(async () => {
  await server.stop();
  await edge.close();
});

describe("TXT at _peers", () => {
  it("is by UDP what fits, without asking for TCP", async () => {
    const [bare, large] = [await askUdp(server.udpPort, query(PEERS, "TXT")), await askUdp(server.udpPort, query(PEERS, "TXT", 1, 4096))];
    expect([bare.flag_tc, bare.octets <= 512, large.flag_tc, large.octets <= 1232]).toEqual([false, true, false, true]);
    // A record takes 92 octets or, with the longer services, 94.
    expect(texts(bare).length).toBeGreaterThanOrEqual(4);
    expect(texts(large).length).toBeGreaterThanOrEqual(12);
    for (const text of [...texts(bare), ...texts(large)]) expect(text).toMatch(/^[a-z]{56}\.onion:28333 services=(409|9)$/);
  });

  it("is by TCP the whole sample", async () => {
    const socket = await openTcp(server.tcpPort);
    const [whole] = await exchange(socket, frame(query(PEERS, "TXT")), 1);
    expect(whole && texts(whole)).toHaveLength(25);
    socket.destroy();
  });

  describe.skipIf(!hasDig)("read by dig", () => {
    it("is quoted strings", async () => {
      expect(await dig("+short", `x409.${PEERS}`, "TXT")).toBe(`"${"a".repeat(56)}.onion:28333" "services=409"\n`);
    });

    it("is a name without addresses, and without names below it but the service labels", async () => {
      const nodata = await dig(PEERS, "A");
      expect(nodata).toContain("status: NOERROR");
      expect(nodata).toMatch(/ANSWER: 0, AUTHORITY: 1/);
      expect(await dig(`nothing.${PEERS}`, "TXT")).toContain("status: NXDOMAIN");
    });

    it("is answered without a retry by TCP", async () => {
      const udp = await dig(PEERS, "TXT");
      expect(udp).toContain("(UDP)");
      expect(udp).not.toContain("Truncated");
      expect(udp).not.toContain("Warning");
    });
  });
});
