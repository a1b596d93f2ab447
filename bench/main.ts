/** `npm run bench`: the performance figures, next to their goals, as Markdown on standard output and as JSON in a file. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchCrawl } from "./crawl.ts";
import { benchDoh } from "./doh.ts";
import { benchFamilies, familiesMissing } from "./families.ts";
import { markdown, type Figure } from "./figure.ts";
import { isCommand } from "./processes.ts";
import { benchPublish } from "./publish.ts";
import { benchPush } from "./push.ts";
import { benchSnapshot } from "./snapshot.ts";

interface Section {
  readonly title: string;
  /** Why it cannot be measured here. */
  readonly missing?: () => string | undefined;
  readonly measure: () => Promise<Figure[]>;
}

const SECTIONS: Readonly<Record<string, Section>> = {
  doh: { title: "DoH on raw workerd", missing: () => (isCommand("h2load") ? undefined : "h2load is not installed"), measure: benchDoh },
  snapshot: { title: "Snapshot", measure: benchSnapshot },
  push: { title: "Push to the registry, local D1", measure: benchPush },
  publish: { title: "Publication of 10,000 peers on workerd, local D1 and KV", measure: benchPublish },
  crawl: { title: "Crawl of a fake internet", measure: benchCrawl },
  families: { title: "Handshakes a CPU second, by protocol family", missing: familiesMissing, measure: benchFamilies },
};

const HELP = `npm run bench -- [${Object.keys(SECTIONS).join("|")} …] [--json FILE]

Measures, prints Markdown, and writes JSON (default bench/results/latest.json). Without names: everything.
DoH needs h2load (Debian package nghttp2-client); families needs network namespaces, and compares with chia_crawler where test/interop/install.sh was
run, and with dcrseeder where it is in the PATH or named by DCRSEEDER. Figures of one run are comparable with each other, not with other machines.`;

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

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
console.log(`${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}\n`);
const results: Record<string, Figure[]> = {};
for (const [name, { title, missing, measure }] of Object.entries(SECTIONS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const reason = missing?.();
  if (reason !== undefined) {
    console.log(`### ${title}\n\nSkipped: ${reason}.\n`);
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
