import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { formatKeySets, parseKeySets, unsignedSet, type KeySet } from "../workers/dnssec/keys.ts";
import { firstKeys } from "../workers/dnssec/rollover.ts";
import { generateZoneKey } from "./dnssec-keys.ts";
import { runDnssec } from "./test-dnssec.ts";

const [ZONE, OTHER] = ["navio.seed.example.org.", "other.example."];

const root = await mkdtemp(join(tmpdir(), "seedcast-unsign-"));
afterAll(() => rm(root, { recursive: true }));

let file = "";
beforeEach(async () => {
  file = join(await mkdtemp(join(root, "case-")), "keys.json");
});

const dnssec = (...args: readonly string[]) => runDnssec([...args, "--keys", file]);

function signedSet(zone: string): KeySet {
  const pair = { ksk: generateZoneKey("ksk", 13), zsk: generateZoneKey("zsk", 13) };
  return firstKeys(zone, pair, { staleness: 86_400, ttl: 3_600 }, Math.floor(Date.now() / 1_000));
}

const write = (...sets: readonly KeySet[]): Promise<void> => writeFile(file, formatKeySets(sets));
const read = async (): Promise<readonly KeySet[]> => parseKeySets(await readFile(file, "utf8"));

describe("seedcast dnssec unsign", () => {
  it("changes nothing until the DS is said to be gone, and says what comes first", async () => {
    const sets = [signedSet(ZONE), signedSet(OTHER)];
    await write(...sets);
    const ended = await dnssec("unsign", "--zone", ZONE, "--ds-ttl", "3600");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    const steps = ["1. Have the parent take out its DS", "2. .* wait for its TTL of 3600 s", "3. .* --ds-removed", "4. .* secret put"];
    expect(ended.stderr).toMatch(new RegExp(steps.join("[^]*")));
    expect(await read()).toEqual(sets);
  });

  it("leaves the zone a set without keys, the others theirs, and says what comes next", async () => {
    const [old, other] = [signedSet(ZONE), signedSet(OTHER)];
    await write(old, other);
    const ended = await dnssec("unsign", "--zone", ZONE, "--ds-removed", "--ds-ttl", "3600");
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`${ZONE}\nunsigned on purpose`) });
    expect(ended.stderr).toMatch(/1\. .* TTL of 3600 s, not before .*: npx wrangler secret put DNSSEC_KEYS < /);
    expect(ended.stderr).toContain(`The 2 private keys of ${ZONE} are gone from ${file}`);
    expect(await read()).toEqual([unsignedSet(ZONE), other]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const { d } of [...old.keys, ...other.keys]) expect(ended.stdout + ended.stderr).not.toContain(d);
  });

  it("tells programs, and makes the file where that was lost", async () => {
    const { code, stdout, stderr } = await dnssec("unsign", "--zone", ZONE, "--ds-removed", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      file,
      zone: ZONE,
      keys: [],
      dropped: 0,
      next: [expect.stringContaining("wrangler secret put"), expect.stringContaining("dnssec keygen")],
    });
    expect(await read()).toEqual([unsignedSet(ZONE)]);
    expect((await dnssec("unsign", "--zone", ZONE, "--ds-removed")).stderr).toContain("had no keys");
  });
});

describe("a zone that is unsigned on purpose", () => {
  it("has no DS, no trust anchor and no table, with exit code 3 where nothing else was asked for", async () => {
    await write(unsignedSet(ZONE), signedSet(OTHER));
    const nothing = { code: 3, stdout: "", stderr: expect.stringContaining("unsigned on purpose") };
    expect(await dnssec("ds", "--zone", ZONE)).toMatchObject(nothing);
    expect(await dnssec("ds", "--zone", ZONE, "--format", "delv")).toMatchObject(nothing);
    const json = `${JSON.stringify([{ zone: ZONE, keys: [] }])}\n`;
    expect(await dnssec("ds", "--zone", ZONE, "--json")).toMatchObject({ code: 3, stdout: json });
    const all = await dnssec("ds");
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/^other\.example\. IN DS .*\n$/) });
    expect(all.stderr).toContain(`${ZONE}\nunsigned on purpose`);
  });

  it("has no keys to replace, prune or plan anew", async () => {
    await write(unsignedSet(ZONE));
    const refused = { code: 1, stderr: expect.stringContaining(`Make keys first: seedcast dnssec keygen --zone ${ZONE}`) };
    for (const step of [["zsk"], ["ksk", "--ds-replaced"], ["zsk", "--restart"], ["--prune"]])
      expect(await dnssec("rollover", ...step, "--zone", ZONE)).toMatchObject(refused);
    expect(await read()).toEqual([unsignedSet(ZONE)]);
  });

  it("gets keys in its place", async () => {
    const other = signedSet(OTHER);
    await write(unsignedSet(ZONE), other);
    expect((await dnssec("keygen", "--zone", ZONE)).code).toBe(0);
    expect(await read()).toEqual([{ zone: ZONE, keys: [expect.anything(), expect.anything()] }, other]);
  });
});
