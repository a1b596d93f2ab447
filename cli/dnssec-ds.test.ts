import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { testKeys } from "../serving/test-bank.ts";
import { startTestEdge, ZONE } from "../serving/test-edge.ts";
import { formatKeySets } from "../workers/dnssec/keys.ts";
import { runCommand } from "./child.ts";

it("seedcast dnssec ds says which zones an edge does not serve, where it is asked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seedcast-ds-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "dnssec-keys.json");
  const keys = await testKeys();
  const misspelt = `x${ZONE.name}`;
  await writeFile(file, formatKeySets([keys, { ...keys, zone: misspelt }]));
  const edge = await startTestEdge();
  const run = (...args: readonly string[]) => runCommand(["dnssec", "ds", "--keys", file, ...args]);
  const [text, json, alone] = await Promise.all([run("--edge", edge.url.href), run("--edge", edge.url.href, "--json"), run()]);
  await edge.close();
  expect(text).toMatchObject({ code: 0, stderr: expect.stringContaining(`\n${misspelt} is not served by ${edge.url.origin}: `) });
  expect(text.stderr.match(/is not served/g)).toHaveLength(1);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { zone: ZONE.name, served: true },
    { zone: misspelt, served: false },
  ]);
  expect(alone).toMatchObject({ code: 0, stdout: text.stdout, stderr: expect.not.stringContaining("served") });
  expect(await run("--edge", edge.url.href)).toMatchObject({ code: 1, stdout: "" });
});
