/** `npm start` as a person runs it: a real process, real sockets, real signals. */
import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { decode, encode, type Packet } from "dns-packet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DEVNETS } from "../schema/networks/devnet.ts";
import { newZoneKeys } from "../test/support/zone-keys.ts";

const ROOT = join(import.meta.dirname, "..");
/** Without ::1 the devnet is IPv4 only, and says so. */
const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
const ZONE = "devnet.seed.example.org";

interface Running {
  readonly child: ChildProcess;
  readonly http: string;
  readonly dnsPort: number;
}

const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) killAll(child.pid!);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A port below those that systems give away: nobody gets it between one start and the next. */
const portToKeep = (): number => randomInt(10_000, 32_000);

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "seedcast-start-"));
  folders.push(folder);
  return folder;
}

/** Starts it and waits for the line that begins with `ready `. Rejects with the output where it ends before. */
async function start(state: string, devnetPort: number, more: readonly string[] = ["--nodes=60"]): Promise<Running> {
  const args = [
    "scripts/bootstrap.mjs",
    "scripts/start.ts",
    "--port=0",
    "--dns-port=0",
    `--devnet-port=${devnetPort}`,
    `--state=${state}`,
    ...more,
  ];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    output += `${line}\n`;
    const ready = /^ready (http:\/\/[^/]+)\/.* dns:\/\/127\.0\.0\.1:(\d+)\//.exec(line);
    if (ready) {
      child.stdout.resume();
      return { child, http: ready[1]!, dnsPort: Number(ready[2]) };
    }
  }
  throw new Error(`npm start ended before it was ready:\n${output}`);
}

async function ask(port: number, type: "A" | "AAAA", zone = ZONE): Promise<Packet> {
  const socket = createSocket("udp4");
  try {
    socket.send(encode({ type: "query", id: 7, questions: [{ type, name: zone }] }), port, "127.0.0.1");
    const [message] = (await once(socket, "message")) as [Buffer];
    return decode(message);
  } finally {
    socket.close();
  }
}

/** The parent of each process, by /proc (Linux). */
function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      found.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // it ended while we looked
    }
  }
  return found;
}

/** All processes below one. */
function descendants(pid: number, by = parents()): number[] {
  const below: number[] = [];
  for (const [each, parent] of by) if (parent === pid) below.push(each, ...descendants(each, by));
  return below;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Kills a process and all below it, at once and without asking. */
function killAll(pid: number): void {
  for (const each of [...descendants(pid), pid]) if (alive(each)) process.kill(each, "SIGKILL");
}

const status = async (http: string) => (await (await fetch(`${http}/v1/networks/devnet`)).json()) as { seq: number; signed: boolean };

const sequence = async (http: string): Promise<number> => (await status(http)).seq;

describe("npm start", () => {
  it(
    "serves a devnet by DNS, DoH and JSON, ends with all its children at SIGTERM, and goes on from its state",
    { timeout: 120_000 },
    async () => {
      const state = scratch();
      const devnetPort = portToKeep();
      const keys = join(scratch(), "dnssec-keys.json");
      writeFileSync(keys, newZoneKeys(`${ZONE}.`));
      const first = await start(state, devnetPort, ["--nodes=60", `--dnssec-keys=${keys}`]);
      expect(await status(first.http)).toMatchObject({ signed: true });

      const overUdp = await ask(first.dnsPort, "A");
      expect(overUdp.answers?.length).toBeGreaterThan(0);
      for (const answer of overUdp.answers ?? [])
        expect(answer).toMatchObject({ type: "A", name: ZONE, data: expect.stringMatching(/^127\./) });

      if (HAS_IPV6) expect((await ask(first.dnsPort, "AAAA")).answers).toMatchObject([{ type: "AAAA", name: ZONE, data: "::1" }]);

      const list = (await (await fetch(`${first.http}/v1/networks/devnet/peers?count=5`)).json()) as { peers: { port: number }[] };
      expect(list.peers.length).toBeGreaterThan(0);

      const json = (await (await fetch(`${first.http}/resolve?name=${ZONE}&type=A`)).json()) as { Status: number; Answer: unknown[] };
      expect(json.Status).toBe(0);
      expect(json.Answer.length).toBeGreaterThan(0);

      const query = encode({ type: "query", id: 0, questions: [{ type: "A", name: ZONE }] }).toString("base64url");
      const wire = await fetch(`${first.http}/dns-query?dns=${query}`);
      expect(wire.headers.get("content-type")).toBe("application/dns-message");
      expect(decode(Buffer.from(await wire.arrayBuffer())).answers?.length).toBeGreaterThan(0);

      const before = await sequence(first.http);
      const family = descendants(first.child.pid!);
      expect(family.length).toBeGreaterThan(1); // Node 24 and workerd at least
      first.child.kill("SIGTERM");
      const [code] = (await once(first.child, "close")) as [number];
      expect(code).toBe(0);
      await vi.waitFor(() => expect(family.filter(alive)).toEqual([]), { timeout: 10_000 }); // the last ones hear of it by a closed pipe

      // Without the keys its zone is unsigned on purpose, and goes on.
      const second = await start(state, devnetPort);
      expect(await sequence(second.http)).toBeGreaterThanOrEqual(before);
      await vi.waitFor(async () => expect(await status(second.http)).toMatchObject({ signed: false }), { timeout: 30_000, interval: 200 });
      expect(await sequence(second.http)).toBeGreaterThan(before);

      // The hardest end: everything at once. The state must still be one to go on from.
      const seen = await sequence(second.http);
      killAll(second.child.pid!);
      await once(second.child, "close");
      const third = await start(state, devnetPort);
      expect(await sequence(third.http)).toBeGreaterThanOrEqual(seen);
      expect((await ask(third.dnsPort, "A")).answers?.length).toBeGreaterThan(0);
    },
  );

  it("serves the devnets of every family at once, from one edge and one name server", { timeout: 120_000 }, async () => {
    const { http, dnsPort, child } = await start(scratch(), 0, ["--network=all-devnets", "--nodes=40"]);
    const { networks } = (await (await fetch(`${http}/v1/networks`)).json()) as { networks: { network: string }[] };
    expect(networks.map(({ network }) => network).sort()).toEqual(DEVNETS.map(({ name }) => name).sort());
    for (const { name } of DEVNETS) {
      // The first peers that are served may all be on other ports, or have IPv6 addresses.
      await vi.waitFor(async () => expect((await ask(dnsPort, "A", `${name}.seed.example.org`)).answers?.length, name).toBeGreaterThan(0), {
        timeout: 30_000,
        interval: 200,
      });
      const list = (await (await fetch(`${http}/v1/networks/${name}/peers`)).json()) as { peers: unknown[] };
      expect(list.peers.length, name).toBeGreaterThan(0);
    }
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });
});
