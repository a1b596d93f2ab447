/** Nodes whose fault is the same whatever protocol they should speak. */
import type { Visit } from "./visit.ts";

/** Resets the connection: what is left of a node that went away. */
export const dead = ({ line }: Visit): void => line.reset();

/** Accepts and says nothing, for as long as the caller waits. */
export const silent = (): void => {};

/** Octets sent at a time. */
const GARBAGE_OCTETS = 16 * 1024;

/** Pours random octets for as long as the caller reads them. */
export function garbage({ line, world }: Visit): void {
  const chunk = Uint8Array.from({ length: GARBAGE_OCTETS }, () => Math.floor(world.random() * 256));
  line.pour(() => chunk);
}

/** Sends octets one at a time, with the configured pause between. */
export function drip({ line, world }: Pick<Visit, "line" | "world">, octets: Uint8Array, at = 0): void {
  line.send(octets.subarray(at, at + 1));
  if (at + 1 < octets.length) line.after(world.config.dripMs, () => drip({ line, world }, octets, at + 1));
}
