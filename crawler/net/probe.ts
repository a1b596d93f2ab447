/** One probe: dials an address, runs a session over the socket, and tells what came of it. */
import type { Socket } from "node:net";
import type { PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import type { Evidence, Hearsay, Session, SessionEvent, Step } from "../protocols/session.ts";
import { DialAborted, DialError, LocalLimit, type Dialer } from "./dial.ts";

export interface ProbeOptions {
  readonly address: PeerAddress;
  /** Called once the connection is open. */
  readonly session: () => Session;
  readonly dialer: Dialer;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The handshake is complete; gossip may still follow. */
  readonly onVerified: (evidence: Evidence) => void;
  readonly onHearsay: (entries: readonly Hearsay[]) => void;
}

/**
 * How a probe ended. `verified`: the handshake was completed, however gossip ended. `aborted`: the signal broke it off before that.
 * `local`: our machine could not dial. The last two say nothing about the peer.
 */
export type ProbeResult =
  | { readonly type: "verified"; readonly evidence: Evidence }
  | { readonly type: "failed"; readonly failure: ProbeFailure; readonly detail: string; readonly evidence: Evidence | undefined }
  | { readonly type: "aborted" }
  | { readonly type: "local"; readonly detail: string };

/** The largest number of octets read in one probe, whatever the session thinks of them: the limits of every protocol are below. */
export const MAX_PROBE_BYTES = 8 * 1024 * 1024;

/** No probe lasts longer, in milliseconds, whatever deadlines its session asks for. */
export const MAX_PROBE_MS = 120_000;

/** Probes an address. Never throws for anything a peer or the network does; the socket is closed when it returns. */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const { address, dialer, connectTimeoutMs, signal } = options;
  let socket: Socket;
  try {
    socket = await dialer.dial(address, { timeoutMs: connectTimeoutMs, signal });
  } catch (error) {
    if (error instanceof DialError) return failed(error.failure, "no connection");
    if (error instanceof DialAborted) return { type: "aborted" };
    if (error instanceof LocalLimit) return { type: "local", detail: error.message };
    throw error;
  }
  try {
    return await converse(socket, options);
  } finally {
    socket.destroy();
  }
}

function failed(failure: ProbeFailure, detail: string, evidence?: Evidence): ProbeResult {
  return { type: "failed", failure, detail, evidence };
}

/** Runs the session until it is over, the peer hangs up, the signal fires or a limit is reached. */
function converse(socket: Socket, options: ProbeOptions): Promise<ProbeResult> {
  const { session: createSession, signal, now } = options;
  return new Promise((resolve, reject) => {
    const session = createSession();
    const end = now() + MAX_PROBE_MS;
    let evidence: Evidence | undefined;
    let octets = 0;
    let deadline: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    let over = false;

    const finish = (settle: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData).off("end", onClose).off("close", onClose);
      settle();
    };
    const conclude = (result: ProbeResult): void => finish(() => resolve(evidence === undefined ? result : { type: "verified", evidence }));
    const note = (event: SessionEvent): void => {
      if (event.type === "verified") options.onVerified((evidence = event.evidence));
      else if (event.type === "hearsay") options.onHearsay(event.entries);
      else if (event.type === "failed") conclude(failed(event.failure, event.detail, event.evidence));
      else conclude(failed("closed", "the session ended without a handshake"));
    };
    const apply = (step: Step): void => {
      if (step.send.length > 0) socket.write(step.send.length === 1 ? step.send[0]! : Buffer.concat(step.send)); // one system call a step
      for (const event of step.events) note(event);
      if (over) return;
      const next = Math.min(step.deadline ?? end, end);
      if (next === deadline) return;
      deadline = next;
      clearTimeout(timer);
      timer = setTimeout(onDeadline, Math.max(0, next - now()) + 1); // timers fire up to 1 ms early
    };
    /** Whatever our own code throws ends this probe and reaches the caller, not the process's last handler. */
    const guarded = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : new Error("a probe broke down", { cause: error })));
      }
    };
    const onDeadline = (): void =>
      guarded(() => {
        deadline = undefined;
        apply(session.tick(now()));
        if (now() >= end) conclude(failed("handshake-timeout", "the probe lasted too long"));
      });
    const onData = (bytes: Uint8Array): void =>
      guarded(() => {
        octets += bytes.length;
        if (octets > MAX_PROBE_BYTES) conclude(failed("flooding", "too many octets"));
        else apply(session.receive(bytes, now()));
      });
    const onClose = (): void =>
      guarded(() => {
        apply(session.closed(now()));
        conclude(failed("closed", "the peer hung up"));
      });
    const onAbort = (): void =>
      guarded(() => {
        session.closed(now());
        conclude({ type: "aborted" });
      });

    socket.on("data", onData).on("end", onClose).on("close", onClose);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else if (socket.destroyed) onClose();
    else guarded(() => apply(session.open(now())));
  });
}
