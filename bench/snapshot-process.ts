/** Child of bench/snapshot.ts: decodes, and prints one line of JSON. Needs --expose-gc. */
import { findNetwork } from "../schema/networks/index.ts";
import { decodeSnapshot } from "../schema/snapshot.ts";
import { buildPool } from "../workers/sampling/pool.ts";
import { median } from "./processes.ts";
import type { Decoding } from "./snapshot.ts";
import { snapshotText } from "./synthetic.ts";

const network = findNetwork("bitcoin")!;
const text = snapshotText(network.name, network.port, 10_000, 1_800_000_000);
const decode = () => buildPool(decodeSnapshot(text));

function timed(): number {
  const start = performance.now();
  decode();
  return performance.now() - start;
}

const coldMilliseconds = timed();
const warm = Array.from({ length: 20 }, timed);
globalThis.gc!();
const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
const held = decode();
globalThis.gc!();
const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
const decoding: Decoding = { coldMilliseconds, warmMilliseconds: median(warm), heapMegabytes: (after - before) / 1e6 };
console.log(JSON.stringify(decoding));
if (held.size !== 10_000) process.exit(1); // also keeps the pool alive until it was measured
