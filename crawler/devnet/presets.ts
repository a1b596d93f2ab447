/** Ready-made devnets. */
import type { DevnetConfigInput } from "./config.ts";

export const PRESET_NAMES = ["small", "bench"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Which fields a preset gives; one that is given beside the preset goes first. */
export const PRESETS: Readonly<Record<PresetName, Omit<DevnetConfigInput, "preset">>> = {
  /** For `npm start`: some 300 addresses with a bit of everything, and nodes that come and go while one watches. */
  small: { nodes: 300, churnSeconds: 120 },
  /**
   * A fake internet of 20,000 addresses, most of them dead as in the real one, and 5,000 alive all the time.
   * No liars: their inventions would come on top of the 20,000.
   */
  bench: {
    nodes: 20_000,
    alive: 0.25,
    habits: { slow: 0.01, legacy: 0.01, announcer: 0.02, flooder: 0.002 },
    faults: {
      absent: 0.5,
      silent: 0.02,
      "wrong-magic": 0.02,
      "old-version": 0.02,
      "missing-services": 0.02,
      stuck: 0.02,
      dripper: 0.002,
      garbage: 0.004,
    },
  },
};
