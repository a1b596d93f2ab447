/** Waiting for the outside world, which gives no notice: looked at again and again until it is as wished. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How often a condition of the outside world is looked at again. */
const POLL_MS = 250;

/** Resolves with what `look` gives as soon as it gives something; rejects after `seconds`. */
export async function eventually<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(POLL_MS);
  }
}

/** True where something accepts connections there, undefined where nothing does yet. */
export async function listening(host: string, port: number): Promise<true | undefined> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
