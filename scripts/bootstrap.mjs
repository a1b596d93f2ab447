/**
 * Runs a script of this repository from a bare clone: installs the locked dependencies where they are missing or out of date, then hands over to
 * the Node 24 among them. Needs only Node 20 and npm. Usage: node scripts/bootstrap.mjs <script.ts> [arguments…]
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, "node_modules", "node", "bin", "node");
const stamp = join(root, "node_modules", ".seedcast-lock");

/** The locked dependencies by content, so that a pull that changes the lock file installs again. */
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

function installed() {
  return existsSync(node) && existsSync(stamp) && readFileSync(stamp, "utf8") === lock;
}

function install() {
  console.error("Installing the locked dependencies (once, about half a minute) …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const run = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (run.status !== 0 || !existsSync(node)) {
    console.error("The dependencies could not be installed. Is the npm registry within reach? Try `npm ci` to see why.");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

if (!installed()) install();

/*
 * The child leads a process group of its own, so that a Ctrl-C reaches it once, through us. It hears by the IPC channel
 * should we be killed outright.
 */
const child = spawn(node, process.argv.slice(2), {
  cwd: root,
  detached: true,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

/* npm passes a SIGTERM to its shell, and the shell keeps it to itself: that npm is gone shows only by who our parent is. */
const parent = process.ppid;
const orphaned = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(orphaned);
  child.kill("SIGTERM");
}, 250);
orphaned.unref();
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
