import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { referenceDs } from "../test/support/dnssec-validator.ts";
import { parseName } from "../workers/dns/name.ts";
import { dnskeyData } from "../workers/dnssec/dnskey.ts";
import { formatKeySets, parseKeySets, type KeySet, type ZoneKey } from "../workers/dnssec/keys.ts";
import { runCommand, type Ended } from "./child.ts";
import { runDnssec } from "./test-dnssec.ts";

const ZONE = "navio.seed.example.org.";
const DAY = 86_400;

const root = await mkdtemp(join(tmpdir(), "seedcast-dnssec-"));
afterAll(() => rm(root, { recursive: true }));

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(root, "case-"));
  file = join(folder, "dnssec-keys.json");
});

const dnssec = (...args: readonly string[]): Promise<Ended> => runDnssec(args.includes("--keys") ? args : [...args, "--keys", file]);

const read = async (): Promise<readonly KeySet[]> => parseKeySets(await readFile(file, "utf8"));
const keysOf = async (zone = ZONE): Promise<readonly ZoneKey[]> => (await read()).find((set) => set.zone === zone)?.keys ?? [];

/** Moves every time in the file: what was done now was done `seconds` ago. */
async function age(seconds: number): Promise<void> {
  const moved = (await read()).map(({ zone, keys }) => ({
    zone,
    keys: keys.map((key) => {
      const { publish, activate, retire, remove } = key;
      return {
        ...key,
        publish: publish - seconds,
        activate: activate - seconds,
        ...(retire === undefined ? {} : { retire: retire - seconds }),
        ...(remove === undefined ? {} : { remove: remove - seconds }),
      };
    }),
  }));
  await writeFile(file, formatKeySets(moved));
}

async function expectNothingSecret(...ended: readonly Ended[]): Promise<void> {
  const keys = (await read()).flatMap((set) => set.keys);
  for (const { stdout, stderr } of ended) for (const { d } of keys) expect(stdout + stderr).not.toContain(d);
}

describe("seedcast dnssec keygen", () => {
  it("makes a private file with a pair that signs at once, and says what is next", async () => {
    const made = await runCommand(["dnssec", "keygen", "--zone", "Navio.seed.example.org"], { cwd: folder });
    expect(made.code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["dnssec-keys.json"]);
    const [ksk, zsk] = await keysOf();
    expect(ksk).toMatchObject({ role: "ksk", algorithm: 13, publish: zsk?.publish });
    expect(zsk).toMatchObject({ role: "zsk", algorithm: 13, activate: zsk?.publish });
    expect(ksk?.activate).toBe((zsk?.activate ?? 0) + 3_600 + DAY + 3_600);
    expect(made.stdout).toMatch(/^zsk +\d+ +13 +signs the zone$/m);
    expect(made.stderr).toContain("npx wrangler secret put DNSSEC_KEYS < dnssec-keys.json");
    expect(made.stderr).toContain("seedcast dnssec ds");
    await expectNothingSecret(made);
  });

  it("adds zones to the file and leaves keys as they are", async () => {
    await dnssec("keygen", "--zone", ZONE);
    const before = await keysOf();
    const added = await dnssec("keygen", "--zone", "other.example", "--algorithm", "15", "--json");
    expect(JSON.parse(added.stdout)).toMatchObject({
      file,
      zone: "other.example.",
      keys: [{ role: "ksk", algorithm: 15 }, {}],
    });
    expect(await keysOf()).toEqual(before);
    expect(await keysOf("other.example.")).toHaveLength(2);

    const again = await dnssec("keygen", "--zone", ZONE, "--algorithm", "15");
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("take over by `seedcast dnssec rollover`");
    expect(await keysOf()).toEqual(before);
    await expectNothingSecret(added, again);
  });

  it("refuses to add keys that the secret has no room for, and then changes nothing", async () => {
    const zones = Array.from({ length: 10 }, (_, i) => `z${i}.example.`);
    await dnssec("keygen", "--zone", ZONE);
    const [ksk, zsk] = await keysOf();
    await writeFile(file, formatKeySets(zones.map((zone) => ({ zone, keys: [ksk!, zsk!] }))));
    const before = await readFile(file, "utf8");
    const ended = await dnssec("keygen", "--zone", ZONE);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("longer than the 5000 characters");
    expect(await readFile(file, "utf8")).toBe(before);
    expect(await readdir(folder)).toEqual(["dnssec-keys.json"]);
  });

  it.each([
    [["keygen"], "required option '--zone <name>' not specified"],
    [["keygen", "--zone", "no zone"], "Expected a zone's name"],
    [["keygen", "--zone", ZONE, "--algorithm", "8"], "Expected 13 (ECDSA P-256) or 15 (Ed25519)"],
    [["keygen", "--zone", ZONE, "--staleness", "-5"], "Expected a whole number"],
    [["ds", "--format", "bind"], "Allowed choices are ds, dnskey, delv, unbound"],
    [["rollover", "--zone", ZONE], "say which key: zsk or ksk"],
    [["rollover", "csk", "--zone", ZONE], "Allowed choices are zsk, ksk"],
    [["rollover", "zsk", "--zone", ZONE, "--ds-replaced"], "a step of a ksk's rollover"],
    [["rollover", "ksk", "--zone", ZONE, "--ds-replaced", "--restart"], "steps of their own"],
    [["rollover", "ksk", "--zone", ZONE, "--prune"], "name none"],
  ])("refuses a command line that makes no sense: %j", async (args, message) => {
    const { code, stdout, stderr } = await dnssec(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});

describe("the file", () => {
  it("is not touched while another command changes it", async () => {
    await dnssec("keygen", "--zone", ZONE);
    await writeFile(`${file}.new`, "");
    const ended = await dnssec("keygen", "--zone", "other.example");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("dnssec-keys.json.new exists");
    expect(ended.stderr).toContain("if none is running, remove that file");
    expect(await readdir(folder)).toEqual(["dnssec-keys.json", "dnssec-keys.json.new"]);
  });

  it.each([
    ["nothing", undefined, "no such file"],
    ["no JSON", "{", "keys are not JSON"],
    ["a part that is missing", '[{"zone":"a.","keys":[{"role":"ksk","algorithm":15}]}]', "keys: 0.keys.0.x is not as it should be"],
  ])("is named where it has %s", async (_, text, message) => {
    if (text !== undefined) await writeFile(file, text);
    for (const args of [["ds"], ["rollover", "zsk", "--zone", ZONE]]) {
      const ended = await dnssec(...args);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toContain(`dnssec-keys.json: ${message}`);
    }
    expect(await readdir(folder)).toEqual(text === undefined ? [] : ["dnssec-keys.json"]);
  });

  it("is refused with keys whose halves do not belong together", async () => {
    await dnssec("keygen", "--zone", ZONE);
    const [ksk, zsk] = await keysOf();
    await writeFile(file, formatKeySets([{ zone: ZONE, keys: [{ ...ksk!, d: zsk!.d }, zsk!] }]));
    const ended = await dnssec("ds");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("is no usable pair of algorithm 13: make it again");
    await expectNothingSecret(ended);
  });
});

describe("seedcast dnssec ds", () => {
  it("shows the DS for the parent, and when it may go there", async () => {
    await dnssec("keygen", "--zone", ZONE);
    const [ksk] = await keysOf();
    const ds = referenceDs(parseName(ZONE), dnskeyData(ksk!));
    const digest = ds.subarray(4).toString("hex").toUpperCase();
    const early = await dnssec("ds", "--zone", ZONE);
    expect(early.code).toBe(0);
    expect(early.stdout).toContain(`${ZONE} IN DS ${ds.readUInt16BE(0)} 13 2 ${digest} ; at the parent from `);
    expect(early.stderr).toContain("no parent is told yet");
    await age(2 * DAY);
    const later = await dnssec("ds");
    expect(later.stdout).toContain(`${digest} ; at the parent now`);
    expect(later.stdout.trim().split("\n")).toHaveLength(1);
    expect(later.stderr).toMatch(/^ksk .* announced to the parent$/m);
    await expectNothingSecret(early, later);
  });

  it("writes trust anchors as tools want them", async () => {
    await dnssec("keygen", "--zone", ZONE, "--algorithm", "15");
    const [ksk] = await keysOf();
    const point = Buffer.from(ksk!.x, "base64url").toString("base64");
    expect((await dnssec("ds", "--format", "dnskey")).stdout).toContain(`${ZONE} 3600 IN DNSKEY 257 3 15 ${point} ; tag `);
    expect((await dnssec("ds", "--format", "delv")).stdout).toBe(`trust-anchors {\n  "${ZONE}" static-key 257 3 15 "${point}";\n};\n`);
    expect((await dnssec("ds", "--format", "unbound")).stdout).toMatch(
      /^server:\n {2}trust-anchor: "navio\.seed\.example\.org\. IN DS \d+ 15 2 [0-9A-F]{64}"\n$/,
    );
    const shown: unknown = JSON.parse((await dnssec("ds", "--json")).stdout);
    expect(shown).toMatchObject([
      { zone: ZONE, keys: [{ role: "ksk", state: "published", ds: expect.stringMatching(/^\d+ 15 2 /) }, { role: "zsk" }] },
    ]);
    expect(JSON.stringify(shown)).not.toContain(ksk!.d);
    expect(await dnssec("ds", "--zone", "other.example")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has no keys for other.example."),
    });
  });
});

describe("seedcast dnssec rollover", () => {
  it("replaces a zsk", async () => {
    await dnssec("keygen", "--zone", ZONE);
    expect((await dnssec("rollover", "zsk", "--zone", ZONE)).stderr).toContain("its new ksk is not known everywhere before");
    await age(3 * DAY);
    const started = await dnssec("rollover", "zsk", "--zone", ZONE, "--ttl", "7200");
    expect(started.code).toBe(0);
    expect(started.stderr).toContain("(if that was missed: --restart)");
    const [, old, next] = await keysOf();
    const wait = 3_600 + DAY + 3_600;
    expect(next).toMatchObject({ role: "zsk", algorithm: 13, activate: next!.publish + wait });
    expect(old).toMatchObject({ retire: next!.activate, remove: next!.activate + wait + 3_600 });
    expect(started.stdout).toContain("published, does not sign yet");

    await age(5 * 3_600);
    const restarted = await dnssec("rollover", "zsk", "--zone", ZONE, "--restart", "--json");
    expect(JSON.parse(restarted.stdout)).toMatchObject({
      zone: ZONE,
      next: [expect.stringContaining("wrangler secret put"), expect.stringContaining("Nothing more")],
    });
    expect((await keysOf())[2]!.activate).toBeGreaterThan(next!.activate - 60);

    await age(5 * DAY);
    const pruned = await dnssec("rollover", "--prune", "--zone", ZONE);
    expect(pruned.code).toBe(0);
    expect(await keysOf()).toHaveLength(2);
    expect((await keysOf())[1]).toMatchObject({ x: next!.x });
    await expectNothingSecret(started, restarted, pruned);
  });

  it("replaces a ksk once the parent has", async () => {
    await dnssec("keygen", "--zone", ZONE, "--algorithm", "15");
    await age(3 * DAY);
    const started = await dnssec("rollover", "ksk", "--zone", ZONE);
    expect(started.code).toBe(0);
    const next = (await keysOf())[2]!;
    const digest = referenceDs(parseName(ZONE), dnskeyData(next)).subarray(4).toString("hex").toUpperCase();
    expect(started.stderr).toContain(digest);
    expect(started.stderr).toContain(`seedcast dnssec rollover ksk --zone ${ZONE} --keys ${file} --ds-replaced`);
    expect((await dnssec("rollover", "ksk", "--zone", ZONE, "--ds-replaced")).stderr).toContain("the parent must keep the old DS until");

    await age(2 * DAY);
    const shown = await dnssec("ds");
    expect(shown.stdout).toMatch(/; to be replaced at the parent\n.*; at the parent now\n$/);
    expect((await dnssec("rollover", "zsk", "--zone", ZONE)).stderr).toContain(
      "the parent's DS has to be replaced, and that to be noted (--ds-replaced)",
    );
    const replaced = await dnssec("rollover", "ksk", "--zone", ZONE, "--ds-replaced", "--ds-ttl", "3600");
    expect(replaced.stderr).toContain("Nothing more: the old ksk is removed at");
    const [old] = await keysOf();
    expect(old!.remove).toBeGreaterThan(Date.now() / 1_000 + 7_000);

    await age(DAY);
    expect((await dnssec("rollover", "zsk", "--zone", ZONE)).code).toBe(0);
    await expectNothingSecret(started, shown, replaced);
  });

  it("knows the zone's keys or says so", async () => {
    await dnssec("keygen", "--zone", ZONE);
    const ended = await dnssec("rollover", "zsk", "--zone", "other.example");
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("has no keys for other.example.") });
  });
});
