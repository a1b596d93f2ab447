/** `npm run bench`: the performance figures, next to their goals, as Markdown on standard output and as JSON in a file. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchCrawl } from "./crawl.ts";
import { benchDoh } from "./doh.ts";
import { markdown, type Figure } from "./figure.ts";
import { benchPush } from "./push.ts";
import { benchSnapshot } from "./snapshot.ts";

const SECTIONS: Readonly<Record<string, { title: string; needs?: string; measure: () => Promise<Figure[]> }>> = {
  doh: { title: "DoH on raw workerd", needs: "h2load", measure: benchDoh },
  snapshot: { title: "Snapshot", measure: benchSnapshot },
  push: { title: "Push to the registry, local D1", measure: benchPush },
  crawl: { title: "Crawl of a fake internet", measure: benchCrawl },
};

const HELP = `npm run bench -- [${Object.keys(SECTIONS).join("|")} …] [--json FILE]

Measures, prints Markdown, and writes JSON (default bench/results/latest.json). Without names: everything.
DoH needs h2load (Debian package nghttp2-client). Figures of one run are comparable with each other, not with other machines.`;

const { values, positionals } = parseArgs({
  options: { help: { type: "boolean", short: "h" }, json: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in SECTIONS));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no benchmark ${unknown.join(", ")}.\n`);
  console.log(HELP);
  process.exit(unknown.length > 0 ? 2 : 0);
}

function present(command: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
console.log(`${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}\n`);
const results: Record<string, Figure[]> = {};
for (const [name, { title, needs, measure }] of Object.entries(SECTIONS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (needs !== undefined && !present(needs)) {
    console.log(`### ${title}\n\nSkipped: ${needs} is not installed.\n`);
    continue;
  }
  console.error(`measuring: ${title} …`);
  results[name] = await measure();
  console.log(markdown(title, results[name]));
}
const file = values.json ?? join(import.meta.dirname, "results", "latest.json");
mkdirSync(join(file, ".."), { recursive: true });
writeFileSync(file, `${JSON.stringify({ measured: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
console.error(`written: ${file}`);
process.exit(0);
