import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";

/** A process that is asked to end, and does not. */
const STUBBORN = `
import { listenForInterrupt } from ${JSON.stringify(join(import.meta.dirname, "interrupt.ts"))};
listenForInterrupt().addEventListener("abort", () => console.log("asked"));
setInterval(() => {}, 1000);
console.log("up");`;

describe("listenForInterrupt", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("asks at the first %s and ends the process when it is repeated", async (signal) => {
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", STUBBORN], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "up" });
    child.kill(signal);
    expect(await lines.next()).toMatchObject({ value: "asked" });
    const exit = once(child, "exit");
    const again = setInterval(() => child.kill(signal), 50); // the first of them may be taken for an echo
    expect(await exit).toEqual([130, null]);
    clearInterval(again);
  });
});
