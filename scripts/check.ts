/**
 * `npm test`: everything that must hold before a change lands. Types, lint, formatting, the deploy bundle, all tests, and the tests against real nodes
 * and by other people's DNS software where these are installed. In CI (CI=true) a missing tool is a failure; elsewhere it is said and skipped. Ends
 * with one line of totals.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { weighBundle } from "./bundle-size.ts";
import { missingInteropTools, namespaceCommand } from "../test/interop/tools.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules", ".bin");
const RESULTS = join(ROOT, ".cache", "test-results");
const DEPLOY = join(ROOT, ".cache", "deploy");
const IN_CI = process.env["CI"] === "true";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command with its output shown; resolves to whether it succeeded. */
function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

/** One named check; its result counts as one test. */
async function check(title: string, command: string, args: readonly string[]): Promise<void> {
  console.log(`\n▸ ${title}`);
  if (await run(command, args)) totals.passed++;
  else {
    totals.failed++;
    console.error(`✗ ${title} failed: ${[command.split("/").at(-1), ...args].join(" ")}`);
  }
}

/** Weighs the bundle that the check before has made; that counts as one test too. */
function checkBundleSize(): void {
  const bundle = join(DEPLOY, "index.js");
  const { text, excessive } = existsSync(bundle) ? weighBundle(readFileSync(bundle)) : { text: "there is none", excessive: true };
  console.log(`\n▸ Bundle size: ${text}`);
  if (excessive) {
    totals.failed++;
    console.error("✗ Bundle size failed");
  } else totals.passed++;
}

/** What we read of vitest's JSON report. */
const VitestReportSchema = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numPendingTests: v.number(),
  numFailedTestSuites: v.number(),
});

/** Runs vitest projects, by way of `wrapper` where given, and adds up what its JSON report says. */
async function tests(title: string, projects: readonly string[], wrapper: readonly string[] = []): Promise<void> {
  console.log(`\n▸ ${title}`);
  const report = join(RESULTS, `${projects.join("-")}.json`);
  rmSync(report, { force: true });
  const vitest = [join(BIN, "vitest"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const [command, ...args] = [...wrapper, process.execPath, ...vitest, ...projects.flatMap((project) => ["--project", project])];
  const succeeded = await run(command!, args);
  let result: v.InferOutput<typeof VitestReportSchema> | undefined;
  try {
    result = v.parse(VitestReportSchema, JSON.parse(readFileSync(report, "utf8")));
  } catch {
    result = undefined; // vitest died before it could report: counted as a failure below
  }
  totals.passed += result?.numPassedTests ?? 0;
  totals.skipped += result?.numPendingTests ?? 0;
  const failed = Math.max(result?.numFailedTests ?? 0, result?.numFailedTestSuites ?? 0);
  totals.failed += succeeded ? failed : Math.max(failed, 1);
}

mkdirSync(RESULTS, { recursive: true });
await check("Types", join(BIN, "tsc"), ["-b"]);
await check("Bindings match wrangler.toml", join(BIN, "wrangler"), [
  "types",
  "--check",
  "--include-runtime=false",
  "--strict-vars=false",
  "workers/env.d.ts",
]);
await check("Lint", join(BIN, "oxlint"), ["--type-aware", "--max-warnings", "0"]);
await check("Format", join(BIN, "oxfmt"), ["--check"]);
rmSync(DEPLOY, { recursive: true, force: true });
await check("Deploy bundle", join(BIN, "wrangler"), ["deploy", "--dry-run", "--minify", "--outdir", DEPLOY]);
checkBundleSize();
await tests("Tests", ["node", "workers"]);

const missing = await missingInteropTools();
if (missing.length === 0) {
  await tests("Real nodes and judges", ["interop"], namespaceCommand());
} else if (IN_CI) {
  totals.failed++;
  console.error(`✗ the tests against real nodes and by judges need: ${missing.join(", ")}`);
} else {
  totals.skipped++;
  console.log(`\n▸ Real nodes and judges: skipped, for want of: ${missing.join(", ")} (docs/operations.md says how to install them)`);
}

console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);
