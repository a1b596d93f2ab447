#!/usr/bin/env node
/**
 * The `seedcast` command. Runs on the Node 24 that `npm ci` installs beside it, whatever Node started it (20 or later), so that nobody has to
 * install another Node first.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const node = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

if (!existsSync(node) || !existsSync(join(root, "node_modules", "commander"))) {
  console.error(`seedcast: the dependencies are not installed. Run this first:\n  npm ci --prefix ${JSON.stringify(root)}`);
  process.exit(1);
}

/*
 * The child leads a process group of its own, so that a Ctrl-C reaches it once, through us. It hears by the IPC channel
 * should we be killed outright. A crawl makes much short-lived garbage; a small young generation keeps its resident memory
 * a quarter lower at no cost in time.
 */
const child = spawn(node, ["--max-semi-space-size=8", join(root, "cli", "main.ts"), ...process.argv.slice(2)], {
  detached: !windows,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`seedcast: ${node} cannot be run (${error.code ?? error.name}). Run \`npm ci\` again.`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
