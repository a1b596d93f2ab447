/** `npm start` with what people get wrong: it ends before anything is served, and says what to do. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../cli/child.ts";

const script = join(import.meta.dirname, "start.ts");
const folder = mkdtempSync(join(tmpdir(), "seedcast-mistakes-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("npm start", () => {
  it.each<[readonly string[], number, string]>([
    [["--zone=no zone"], 2, "Expected a DNS name such as"],
    [["--network=all-devnets", "--zone=x.example"], 2, "Name one with --network: devnet, "],
    [["--network=all-devnets", "--peers-file=x"], 2, "--peers-file is for one network"],
    [["--network=all-devnets", "--devnet-port=5"], 2, "take any free ones: 0"],
    [["--proxy=socks5://me:hunter2@"], 2, "--proxy: expected host:port"],
    [["--network=chia", "--chia-cert=x"], 2, "--chia-cert and --chia-key go together"],
    [["--nodes=10", "--devnet-port=0", "--state=/dev/null/x"], 1, "Choose another folder with --state"],
  ])("%j ends with %i and says what to do", async (args, expected, message) => {
    const { code, stdout, stderr } = await runCommand(args, { script, cwd: folder });
    expect(stderr).toContain(message);
    expect(stdout + stderr).not.toMatch(/^ {4}at |hunter2/m);
    expect(code).toBe(expected);
    expect(readdirSync(folder)).toEqual([]);
  });
});
