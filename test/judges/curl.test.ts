/** curl, as any program may: it resolves a name of the zone by DNS over HTTPS, and connects to the peer. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startJudgedSeed } from "./judged-seed.ts";
import { APEX, NETWORK, RARE, RARE_PEERS } from "./judged-zone.ts";
import { DOH_PATH, startNghttpx, type Nghttpx } from "./nghttpx.ts";

const run = promisify(execFile);
const undo = new AsyncDisposableStack();
let front: Nghttpx;

/** Stands for the peers: a server on their port, which says to whom one spoke. Of IPv6 a host can only listen on all that is local. */
async function startPeers(host: string): Promise<void> {
  const server: Server = createServer(({ socket, headers }, response) => response.end(`${socket.localAddress} ${headers.host}`));
  server.listen({ port: NETWORK.port, host, ipv6Only: true });
  await once(server, "listening");
  undo.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
}

beforeAll(async () => {
  const seed = await startJudgedSeed(undo);
  front = await startNghttpx(undo, seed.edge.url);
  for (const host of [RARE_PEERS.A, "::"]) await startPeers(host);
}, 120_000);
afterAll(() => undo.disposeAsync());

async function curl(...args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const doh = ["--doh-url", `https://${front.host}:${front.port}${DOH_PATH}`, "--cacert", front.certificate];
  try {
    const { stdout } = await run("curl", ["--silent", "--show-error", "--max-time", "20", ...doh, ...args]);
    return { code: 0, stdout };
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "number") return { code: error.code, stdout: "" };
    throw error;
  }
}

const at = (label: string): string => `http://${label}.${APEX}:${NETWORK.port}/`;
const COULD_NOT_RESOLVE = 6;

describe("curl", () => {
  it.each([
    ["IPv4", ["-4"], RARE_PEERS.A],
    ["IPv6", ["-6"], RARE_PEERS.AAAA],
    ["IPv4 by HTTP/1.1", ["-4", "--http1.1"], RARE_PEERS.A],
  ])("reaches the peer by %s", async (_, options, address) => {
    expect(await curl(...options, at(RARE.label))).toEqual({ code: 0, stdout: `${address} ${RARE.label}.${APEX}:${NETWORK.port}` });
  });

  it("reaches it by either address where both will do", async () => {
    const { code, stdout } = await curl(at(RARE.label));
    expect({ code, peer: Object.values<string>(RARE_PEERS).includes(stdout.split(" ")[0]!) }).toEqual({ code: 0, peer: true });
  });

  it.each([
    ["a name that is not there", "nothing"],
    ["an empty non-terminal", "_tcp"],
    ["a name that has no address", "_peers"],
  ])("finds none at %s", async (_, label) => {
    expect(await curl(at(label))).toEqual({ code: COULD_NOT_RESOLVE, stdout: "" });
  });
});
