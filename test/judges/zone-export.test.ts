import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../cli/child.ts";
import { generateZoneKey } from "../../cli/dnssec-keys.ts";
import { formatKeySets } from "../../workers/dnssec/keys.ts";
import { scratch } from "../interop/seed.ts";
import { startJudgedSeed } from "./judged-seed.ts";
import { APEX, NETWORK } from "./judged-zone.ts";

const run = promisify(execFile);

/** A judge, its command line with the files of the zone and of its trust anchor, and what it says of a sound zone. */
type Judge = readonly [title: string, command: (file: string, anchor: string) => readonly [string, ...string[]], says: RegExp];

const JUDGES: readonly Judge[] = [
  ["ldns-verify-zone", (file, anchor) => ["ldns-verify-zone", "-k", anchor, file], /^Zone is verified and complete/m],
  ["dnssec-verify", (file) => ["dnssec-verify", "-x", "-o", APEX, file], /Zone fully signed/],
  // Name servers outside the zone are nobody's to look up here.
  ["named-checkzone", (file) => ["named-checkzone", "-D", "-i", "none", `${APEX}.`, file], /^OK$/m],
];

describe.each([13, 15] as const)("the zone as it is exported, signed by algorithm %i,", (algorithm) => {
  const undo = new AsyncDisposableStack();
  let anchor: string;
  let file: string;

  beforeAll(async () => {
    const folder = scratch(undo);
    const secret = join(folder, "dnssec-keys.json");
    const keys = (["ksk", "zsk"] as const).map((role) => Object.assign(generateZoneKey(role, algorithm), { publish: 0, activate: 0 }));
    const dnssecKeys = formatKeySets([{ zone: `${APEX}.`, keys }]);
    writeFileSync(secret, dnssecKeys, { mode: 0o600 });
    anchor = join(folder, "anchor");
    writeFileSync(anchor, (await runCommand(["dnssec", "ds", "--keys", secret, "--format", "dnskey"])).stdout);
    const { edge } = await startJudgedSeed(undo, { dnssecKeys });
    file = join(folder, "zone");
    const args = ["--edge", edge.url.href, "--network", NETWORK.name, "--key", edge.publicKey, "--output", file];
    const { code, stderr } = await runCommand(["dnssec", "export", ...args]);
    expect(stderr).toMatch(/^genuine: judged\.seed\.example\.org\. of judged, number /);
    expect(code).toBe(0);
  }, 120_000);
  afterAll(() => undo.disposeAsync());

  it.each(JUDGES)("is sound and complete to %s", async (_title, command, says) => {
    const [program, ...args] = command(file, anchor);
    const { stdout, stderr } = await run(program, args);
    expect(stdout + stderr).toMatch(says);
  });

  it.each<[string, (line: string) => boolean, (line: string) => readonly string[]]>([
    ["without a link of its chain", (line) => line.startsWith(`x9.${APEX}.`) && line.includes("\tNSEC\t"), () => []],
    ["with one address changed", (line) => line.startsWith(`${APEX}.`) && line.includes("\tA\t"), (line) => [line.replace(/\d+$/, "254")]],
    [
      "with a record that nobody signed",
      (line) => line.startsWith(`x9.${APEX}.`) && line.includes("\tHINFO\t"),
      (line) => [line, line.replace("HINFO", "TXT")],
    ],
  ])("is not, %s", async (title, picks, change) => {
    let done = false;
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => {
        if (done || !picks(line)) return [line];
        done = true;
        return change(line);
      });
    expect(done).toBe(true);
    const spoilt = join(scratch(undo), title.replaceAll(" ", "-"));
    writeFileSync(spoilt, lines.join("\n"));
    for (const [, command] of JUDGES.slice(0, 2)) {
      const [program, ...args] = command(spoilt, anchor);
      await expect(run(program, args)).rejects.toThrow();
    }
  });
});
