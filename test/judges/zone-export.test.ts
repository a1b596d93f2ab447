import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../cli/child.ts";
import { scratch } from "../interop/seed.ts";
import { APEX, NETWORK } from "./judged-zone.ts";
import { startSignedSeed, type SignedSeed } from "./signed-seed.ts";

const run = promisify(execFile);

/** A judge, the place of the zone's file in its command line, and what it says of a sound zone. */
type Judge = readonly [title: string, command: (file: string, seed: SignedSeed) => readonly [string, ...string[]], says: RegExp];

const JUDGES: readonly Judge[] = [
  ["ldns-verify-zone", (file, { anchors }) => ["ldns-verify-zone", "-k", anchors.dnskey, file], /^Zone is verified and complete/m],
  ["dnssec-verify", (file) => ["dnssec-verify", "-x", "-o", APEX, file], /Zone fully signed/],
  // Name servers outside the zone are nobody's to look up here.
  ["named-checkzone", (file) => ["named-checkzone", "-D", "-i", "none", `${APEX}.`, file], /^OK$/m],
];

describe.each([13, 15] as const)("the zone as it is exported, signed by algorithm %i,", (algorithm) => {
  const undo = new AsyncDisposableStack();
  let seed: SignedSeed;
  let file: string;

  beforeAll(async () => {
    seed = await startSignedSeed(undo, algorithm);
    file = join(scratch(undo), "zone");
    const args = ["--edge", seed.edge.url.href, "--network", NETWORK.name, "--key", seed.edge.publicKey, "--output", file];
    const { code, stderr } = await runCommand(["dnssec", "export", ...args]);
    expect(stderr).toMatch(/^genuine: judged\.seed\.example\.org\. of judged, number /);
    expect(code).toBe(0);
  }, 120_000);
  afterAll(() => undo.disposeAsync());

  it.each(JUDGES)("is sound and complete to %s", async (_title, command, says) => {
    const [program, ...args] = command(file, seed);
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
      const [program, ...args] = command(spoilt, seed);
      await expect(run(program, args)).rejects.toThrow();
    }
  });
});
