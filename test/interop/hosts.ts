/** Names that resolve without DNS, in the tests' namespace alone. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Lets names resolve to an address by /etc/hosts until undone. `file` is written. */
export async function nameHosts(undo: AsyncDisposableStack, names: readonly string[], host: string, file: string): Promise<void> {
  writeFileSync(file, names.map((name) => `${host} ${name}\n`).join(""));
  await run("mount", ["--bind", file, "/etc/hosts"]);
  undo.defer(async () => {
    await run("umount", ["/etc/hosts"]);
  });
}
