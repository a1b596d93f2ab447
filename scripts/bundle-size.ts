/** How large the bundle is that gets deployed: what an isolate has to load before it can answer. */
import { gzipSync } from "node:zlib";

/** The most octets of the bundle after gzip. Platforms take more, but each kB is loaded anew wherever an isolate starts. */
export const MAX_BUNDLE_OCTETS = 100_000;

export interface BundleSize {
  /** For people. */
  readonly text: string;
  readonly excessive: boolean;
}

/** Weighs a bundle against the limit. */
export function weighBundle(bundle: Uint8Array): BundleSize {
  const octets = gzipSync(bundle).length;
  const text = `${format(bundle.length)} octets, ${format(octets)} after gzip; the limit is ${format(MAX_BUNDLE_OCTETS)}`;
  if (octets <= MAX_BUNDLE_OCTETS) return { text, excessive: false };
  const hint = "`npx wrangler deploy --dry-run --metafile --outdir DIR` lists what is in it";
  return { text: `${text}, which is ${format(octets - MAX_BUNDLE_OCTETS)} less: ${hint}`, excessive: true };
}

const format = (octets: number): string => octets.toLocaleString("en");
