import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeBank } from "../schema/bank.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { bankText, testKeys } from "../serving/test-bank.ts";
import { START, startTestEdge, ZONE, type TestEdge } from "../serving/test-edge.ts";
import { parseType } from "../workers/dns/records.ts";
import { readData } from "../workers/dns/test-master-file.ts";
import { runCommand } from "./child.ts";

/** Far in the future, or long ago, whenever the test runs. */
const [NEVER, LONG_AGO] = [4_000_000_000, 1_000_000_000];

let folder: string;
let text: string;
let edge: TestEdge;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seedcast-export-"));
  text = (await bankText(await testKeys(), 9)).replace(`"expires":${START + 86_400}`, `"expires":${NEVER}`);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  edge = await startTestEdge();
});
afterEach(() => edge.close());

const run = (...args: readonly string[]) =>
  runCommand(["dnssec", "export", "--edge", edge.url.href, "--network", DEVNET.name, "--key", edge.publicKey, ...args]);

/** The data of the first sample of each set, and of its signatures, by name and type. */
function firstSamples(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (key: string, data: readonly Buffer[]): unknown =>
    found.set(key, [...(found.get(key) ?? []), ...data.map((each) => each.toString("hex"))].sort());
  for (const [label, type, ttl, [[data, signatures] = ["", ""]]] of decodeBank(text).sets) {
    const name = label === "" ? ZONE.name : `${label}.${ZONE.name}`;
    const width = { 1: 4, 28: 16 }[type];
    const octets = Buffer.from(data, "base64url");
    add(
      `${name} ${ttl} ${type}`,
      width === undefined
        ? split(octets)
        : Array.from({ length: octets.length / width }, (_, i) => octets.subarray(i * width, (i + 1) * width)),
    );
    add(`${name} ${ttl} 46`, split(Buffer.from(signatures, "base64url")));
  }
  return found;
}

function split(octets: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < octets.length; at += 2 + octets.readUInt16BE(at))
    list.push(octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at)));
  return list;
}

describe("seedcast dnssec export", () => {
  it("prints every set of the bank once with its signatures, and the delegation, as a master file that begins with the SOA", async () => {
    edge.publishBank(text, 9);
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^genuine: devnet\.seed\.example\.org\. of devnet, number 9, made 2027-01-15 08:00:00 UTC, expires .*; \d+ records\n$/,
    );
    const [comment = "", first = "", ...lines] = stdout.trimEnd().split("\n");
    expect(comment).toMatch(/^; devnet\.seed\.example\.org\. of devnet, number 9, /);
    expect(first).toMatch(/^devnet\.seed\.example\.org\.\t60\tIN\tSOA\tns1\.example\.org\. hostmaster\.example\.org\. 9 /);
    const found = new Map<string, string[]>();
    for (const line of [first, ...lines]) {
      const [name = "", ttl = "", class_, type = "", data = ""] = line.split("\t");
      expect(class_).toBe("IN");
      const key = `${name} ${ttl} ${parseType(type)}`;
      found.set(key, [...(found.get(key) ?? []), Buffer.from(readData(parseType(type), data)).toString("hex")].sort());
    }
    const delegation = `peer.${ZONE.name} 3600 2`;
    expect(found.get(delegation)).toEqual(found.get(`${ZONE.name} 3600 2`));
    found.delete(delegation);
    expect(found).toEqual(firstSamples());
  });

  it("writes it to a file, and says there as JSON what programs need", async () => {
    edge.publishBank(text, 9);
    const [plain, json] = [join(folder, "zone"), join(folder, "zone.json")];
    expect(await run("--output", plain)).toMatchObject({ code: 0, stdout: "" });
    expect(await run("--json", "-o", json)).toMatchObject({ code: 0, stdout: "" });
    const lines = (await readFile(plain, "utf8")).trimEnd().split("\n").slice(1);
    const { records, ...about } = JSON.parse(await readFile(json, "utf8")) as {
      records: { name: string; ttl: number; type: string; data: string }[];
    };
    expect(about).toEqual({ network: "devnet", zone: ZONE.name, seq: 9, generated: START, expires: NEVER });
    expect(records.map(({ name, ttl, type, data }) => `${name}\t${ttl}\tIN\t${type}\t${data}`)).toEqual(lines);
  });

  it.each<[string, string, () => void]>([
    ["whose seal is another's", "bad-signature", () => edge.publishBank(text, 9, (seal) => ({ ...seal, signature: "A".repeat(86) }))],
    ["whose key was not given", "unknown-key", () => edge.publishBank(text, 9, (seal) => ({ ...seal, keyid: "x" }))],
    ["that has expired", "expired", () => edge.publishBank(text.replace(String(NEVER), String(LONG_AGO)), 9)],
    ["of another network", "wrong-network", () => edge.publishBank(text.replace('"network":"devnet"', '"network":"navio"'), 9)],
    ["that is none", "malformed", () => edge.publishBank("{}", 9)],
    ["that cannot deny", "malformed", () => edge.publishBank(text.replaceAll(",47,60,", ",99,60,"), 9)],
  ])("ends with 3 and writes nothing for a bank %s", async (_what, reason, prepare) => {
    prepare();
    const file = join(folder, reason);
    const { code, stdout, stderr } = await run("--output", file);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(`(${reason})`);
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  it("says what is wrong where there is no bank, no edge, or no place for the file", async () => {
    expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining("dnssec keygen --help") });
    edge.down = true;
    expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining("Check the URL") });
    edge.down = false;
    edge.publishBank(text, 9);
    expect(await run("--output", join(folder, "no", "where"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be written"),
    });
    expect(await runCommand(["dnssec", "export", "--network", "devnet", "--key", edge.publicKey])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--edge"),
    });
  });
});
