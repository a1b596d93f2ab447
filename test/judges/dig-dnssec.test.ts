/** dig asks a signed zone with DO and without, over every transport: who did not ask for signatures is told what an unsigned zone tells. */
import { afterAll, beforeAll, describe } from "vitest";
import { ALGORITHM, DNSSEC_BATTERY, withoutSignatures } from "./dnssec-battery.ts";
import { EDNS_BATTERY } from "./edns-battery.ts";
import { HEADER_BATTERY } from "./header-battery.ts";
import type { JudgedSeed } from "./judged-seed.ts";
import { startNghttpx, type Nghttpx } from "./nghttpx.ts";
import { startSignedSeed } from "./signed-seed.ts";
import { describeTrials } from "./trials.ts";
import { ZONE_BATTERY } from "./zone-battery.ts";

/** Those that do not ask for signatures. */
const USUAL_BATTERY = [...EDNS_BATTERY, ...HEADER_BATTERY, ...ZONE_BATTERY].filter(({ asked }) => !asked.options.includes("+dnssec"));

const undo = new AsyncDisposableStack();
let seed: JudgedSeed;
let front: Nghttpx;

beforeAll(async () => {
  seed = await startSignedSeed(undo, ALGORITHM);
  front = await startNghttpx(undo, seed.edge.url);
}, 120_000);
afterAll(() => undo.disposeAsync());

describe("a signed zone, asked as any other", () => describeTrials(USUAL_BATTERY, () => ({ seed, front })));

describe("a signed zone, asked about signatures", () => describeTrials(DNSSEC_BATTERY, () => ({ seed, front }), withoutSignatures));
