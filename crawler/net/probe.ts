/** One probe: dials an address, runs a session over the socket, and tells what came of it. */
import type { PeerAddress } from "../../schema/address.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import type { Evidence, Hearsay, Session, SessionEvent, Step } from "../protocols/session.ts";
import type { Carrier, Channel, ChannelFault } from "./channel.ts";
import { DialAborted, DialError, LocalLimit, ProxyError, type Dialer } from "./dial.ts";

export interface ProbeOptions {
  readonly address: PeerAddress;
  /** Called once the connection is open. */
  readonly session: () => Session;
  readonly dialer: Dialer;
  /** Makes of the socket what the session talks over. */
  readonly carrier: Carrier;
  /** For the connection, and again for what the carrier does before the session begins. */
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The handshake is complete; gossip may still follow. */
  readonly onVerified: (evidence: Evidence) => void;
  /** The verified peer told more of itself. */
  readonly onLearned: (told: Partial<Evidence>) => void;
  readonly onHearsay: (entries: readonly Hearsay[]) => void;
}

/**
 * How a probe ended. `verified`: the handshake was completed, however gossip ended. `aborted`: the signal broke it off before that.
 * `local`: our machine or a proxy of ours could not dial. The last two say nothing about the peer.
 */
export type ProbeResult =
  | { readonly type: "verified"; readonly evidence: Evidence }
  | { readonly type: "failed"; readonly failure: ProbeFailure; readonly detail: string; readonly evidence: Evidence | undefined }
  | { readonly type: "aborted" }
  | { readonly type: "local"; readonly cause: "limit" | "proxy"; readonly detail: string };

/** The largest number of octets read in one probe, whatever the session thinks of them: the limits of every protocol are below. */
export const MAX_PROBE_BYTES = 8 * 1024 * 1024;

/** No probe lasts longer, in milliseconds, whatever deadlines its session asks for. */
export const MAX_PROBE_MS = 120_000;

/** Probes an address. Never throws for anything a peer or the network does; the connection is closed when it returns. */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  let channel: Channel;
  try {
    channel = await reach(options);
  } catch (error) {
    if (error instanceof DialError) return failed(error.failure, error.message);
    if (error instanceof DialAborted) return { type: "aborted" };
    if (error instanceof LocalLimit) return { type: "local", cause: "limit", detail: error.message };
    if (error instanceof ProxyError) return { type: "local", cause: "proxy", detail: error.message };
    throw error;
  }
  try {
    return await converse(channel, options);
  } finally {
    channel.destroy();
  }
}

async function reach({ address, dialer, carrier, connectTimeoutMs, signal }: ProbeOptions): Promise<Channel> {
  const socket = await dialer.dial(address, { timeoutMs: connectTimeoutMs, signal });
  return carrier(socket, { address, timeoutMs: connectTimeoutMs, signal });
}

function failed(failure: ProbeFailure, detail: string, evidence?: Evidence): ProbeResult {
  return { type: "failed", failure, detail, evidence };
}

/** Runs the session until it is over, the peer hangs up, the signal fires or a limit is reached. */
function converse(channel: Channel, options: ProbeOptions): Promise<ProbeResult> {
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
      channel.destroy();
      settle();
    };
    const conclude = (result: ProbeResult): void => finish(() => resolve(evidence === undefined ? result : { type: "verified", evidence }));
    const note = (event: SessionEvent): void => {
      if (event.type === "verified") options.onVerified((evidence = event.evidence));
      else if (event.type === "learned") options.onLearned(event.evidence);
      else if (event.type === "hearsay") options.onHearsay(event.entries);
      else if (event.type === "failed") conclude(failed(event.failure, event.detail, event.evidence));
      else conclude(failed("closed", "the session ended without a handshake"));
    };
    const apply = (step: Step): void => {
      channel.send(step.send);
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
    const onEnd = (fault?: ChannelFault): void =>
      guarded(() => {
        if (fault !== undefined && evidence === undefined) conclude(failed(fault.failure, fault.detail));
        apply(session.closed(now()));
        conclude(failed("closed", "the peer hung up"));
      });
    const onAbort = (): void =>
      guarded(() => {
        session.closed(now());
        conclude({ type: "aborted" });
      });

    signal.addEventListener("abort", onAbort);
    if (signal.aborted) {
      onAbort();
      return;
    }
    channel.listen({ data: onData, end: onEnd });
    if (!over) guarded(() => apply(session.open(now())));
  });
}
