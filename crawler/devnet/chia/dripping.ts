/** A line over which a node's octets go one at a time: its TLS handshake alone takes hours. */
import { Duplex } from "node:stream";
import type { Line } from "../line.ts";

export class Dripping extends Duplex {
  readonly #line: Line;
  readonly #pauseMs: number;

  /** One octet every `pauseMs` milliseconds. What the caller sends comes as it comes. */
  constructor(line: Line, pauseMs: number) {
    super({ highWaterMark: 1 });
    this.#line = line;
    this.#pauseMs = pauseMs;
    line.onData((bytes) => this.push(bytes));
    line.socket.once("close", () => this.destroy());
  }

  override _read(): void {
    // Pushed as it comes: callers say little before they are answered.
  }

  override _write(octets: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    const drip = (at: number): void => {
      if (at >= octets.length) return done();
      this.#line.send(octets.subarray(at, at + 1));
      this.#line.after(this.#pauseMs, () => drip(at + 1));
    };
    drip(0);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#line.hangUp();
    done(error);
  }
}
