/**
 * Nano against feeless, an implementation that is not ours (V1, version 18): its node dials our fake nodes, and our session talks to it. Loopback only.
 * Skipped where it is not built (test/interop/install.sh).
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { hexToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, it } from "vitest";
import { startDevnet } from "../../crawler/devnet/server.ts";
import { createSession } from "../../crawler/protocols/families.ts";
import { nodeIdText } from "../support/nano-node-id.ts";
import type { SessionEvent, Step } from "../../crawler/protocols/session.ts";
import { formatAddress, parseAddress } from "../../schema/address.ts";
import type { NetworkOf } from "../../schema/network.ts";
import { DEVNET_NANO } from "../../schema/networks/devnet.ts";
import { NANO } from "../../schema/networks/nano.ts";
import { FEELESS } from "./tools.ts";

/** feeless speaks on the live network only, and no later version than 18. */
const VERSION = 0x12;
const NETWORK: NetworkOf<"nano"> = { ...DEVNET_NANO, minVersion: VERSION, wire: { ...NANO.wire, versionMin: VERSION } };

/** Octets of the query with which feeless begins, whoever called whom. */
const QUERY_OCTETS = 40;

/** feeless's node, which dials an address and shows what passes. */
class Feeless {
  readonly #child: ChildProcess;
  #wake = Promise.withResolvers<void>();
  log = "";
  over = false;

  constructor(address: string) {
    this.#child = spawn(FEELESS, ["--no-color", "--log-level", "debug", "node", "-o", address], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.log += text.toString();
        this.#changed();
      });
    }
    this.#child.once("close", () => {
      this.over = true;
      this.#changed();
    });
  }

  /** Waits until the log says something; fails where the process ends before. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = pattern.exec(this.log) ?? [];
      if (found !== undefined) return found;
      if (this.over) throw new Error(`feeless ended before it said ${String(pattern)}:\n${this.log}`);
      await this.#wake.promise;
    }
  }

  async ended(): Promise<void> {
    while (!this.over) await this.#wake.promise;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended();
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

const kindOf = (event: SessionEvent): string => (event.type === "failed" ? event.failure : event.type);

describe.skipIf(!existsSync(FEELESS))("feeless", { timeout: 60_000 }, () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  function dial(address: string): Feeless {
    const feeless = new Feeless(address);
    cleanUps.push(() => feeless.stop());
    return feeless;
  }

  const fakeNodes = async () => {
    const devnet = await startDevnet(
      { nodes: 60, alive: 0.9, habits: {}, faults: { stuck: 1 }, announceMs: 10 },
      { port: 0, network: NETWORK },
    );
    cleanUps.push(() => devnet.stop());
    return devnet;
  };

  it("takes our fake node's proof, gives its own, and reads all that a node says", async () => {
    const devnet = await fakeNodes();
    const feeless = dial(devnet.entries[0]!);
    await feeless.says(/TelemetryAck \{/);
    expect(devnet.stats()).toMatchObject({ handshakes: 1, asked: 1 }); // asked: our side verified its signature
    expect(feeless.log).toMatch(/ConfirmReqByHash\(.*\n(.*\n)*.*Publish\(State\(/);
    const [own, ...peers] = (await feeless.says(/Keepalive\(.*\)/)).match(/(?<=Peer\()[^)]+(?=\))/g)!;
    expect(own).toBe(`[::]:${devnet.network.port}`);
    expect(peers).toHaveLength(6);
    for (const peer of peers) expect(devnet.population.find(formatAddress(parseAddress(peer)))).toBeDefined();
  });

  it("writes node ids as we do", async () => {
    const devnet = await fakeNodes();
    const feeless = dial(devnet.entries[0]!);
    await feeless.says(/OBJ HandshakeResponse/);
    const ids = [...feeless.log.matchAll(/Public\(([0-9A-F]{64}) nano_(\w{60})\)/g)];
    expect(ids.length).toBeGreaterThanOrEqual(2);
    for (const [, hex, text] of ids) expect(nodeIdText(hexToBytes(hex!))).toBe(`node_${text}`);
  });

  it("turns away a fake node with a forged proof", async () => {
    const devnet = await fakeNodes();
    const forger = devnet.nodes.find(({ personality }) => personality === "stuck")!;
    const feeless = dial(forger.key);
    await feeless.ended();
    expect(feeless.log).toMatch(/Handshake \{/);
    expect(feeless.log).not.toMatch(/OBJ HandshakeResponse/);
    expect(devnet.stats()).toMatchObject({ handshakes: 1, asked: 0 });
  });

  it("is verified by our session, as the old node that it is", async () => {
    for (const [minVersion, expected] of [
      [VERSION, ["verified", "done"]],
      [NANO.minVersion, ["version-too-old"]],
    ] as const) {
      expect(await sessionWithFeeless({ ...NANO, minVersion })).toEqual(expected);
    }
  });

  /** Has our session talk to feeless over a connection that feeless opened, its own first query left out: a node that is called says nothing first. */
  async function sessionWithFeeless(network: NetworkOf<"nano">): Promise<string[]> {
    const kinds: string[] = [];
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const converse = (socket: Socket): void => {
      const session = createSession(network, {
        target: { family: "ipv4", host: "127.0.0.1", port: 7075 },
        harvest: true,
        unixTime: 0,
        random: (length) => randomBytes(length),
        userAgent: "",
      });
      let skip = QUERY_OCTETS;
      const apply = ({ send, events, deadline }: Step): void => {
        for (const bytes of send) socket.write(bytes);
        kinds.push(...events.map(kindOf));
        if (deadline === undefined) resolve();
      };
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        const rest = bytes.subarray(skip);
        skip -= bytes.length - rest.length;
        apply(session.receive(rest, 0));
      });
      socket.on("close", () => apply(session.closed(0)));
      apply(session.open(0));
    };
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      converse(socket);
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
    const bound = server.address();
    const feeless = dial(`127.0.0.1:${typeof bound === "object" ? bound!.port : 0}`);
    await over;
    await feeless.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
    return kinds;
  }
});
