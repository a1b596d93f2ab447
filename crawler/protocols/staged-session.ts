/** What the sessions of all families do alike: stages with deadlines, steps gathered from what was said and noticed, and an end after which nothing comes. */
import { hasServices, type Network } from "../../schema/network.ts";
import type { ProbeFailure } from "../../schema/report.ts";
import type { Evidence, Hearsay, Session, SessionContext, SessionEvent, Step } from "./session.ts";
import { WireError } from "./wire-error.ts";

/** `Stage` names what is waited for, once the connection is open. */
export abstract class StagedSession<N extends Network, Stage extends string> implements Session {
  protected readonly network: N;
  protected readonly context: SessionContext;
  /** What a failure is told with, once there is something. */
  protected evidence: Evidence | undefined;
  #stage: Stage | "unopened" | "over" = "unopened";
  #deadline: number | undefined;
  #send: Uint8Array[] = [];
  #events: SessionEvent[] = [];

  constructor(network: N, context: SessionContext) {
    this.network = network;
    this.context = context;
  }

  /** Speaks first, and enters the first stage. */
  protected abstract begin(now: number): void;
  /** Takes what the peer sent. The peer is at fault for a `WireError`. */
  protected abstract take(bytes: Uint8Array, now: number): void;
  /** A stage lasted too long. Ends the session, or enters another stage. */
  protected abstract expire(now: number): void;
  /** The peer hung up. May end the session; otherwise it has failed. */
  protected abstract leave(now: number): void;

  open(now: number): Step {
    if (this.#stage === "unopened") this.begin(now);
    return this.#step();
  }

  receive(bytes: Uint8Array, now: number): Step {
    this.#expire(now);
    try {
      if (this.isOpen) this.take(bytes, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.fail(error.failure, error.message);
    }
    return this.#step();
  }

  tick(now: number): Step {
    this.#expire(now);
    return this.#step();
  }

  closed(now: number): Step {
    if (this.isOpen) this.leave(now);
    if (this.#stage !== "over") this.fail("closed", `the peer hung up before ${this.#stage}`);
    this.#send = []; // nobody is there to hear it
    return this.#step();
  }

  /** False before `open`, and once the session is over. */
  protected get isOpen(): boolean {
    return this.#deadline !== undefined;
  }

  protected get stage(): Stage | "unopened" | "over" {
    return this.#stage;
  }

  /** Without a deadline, that of the stage before stands. */
  protected enter(stage: Stage, deadline = this.#deadline): void {
    this.#stage = stage;
    this.#deadline = deadline;
  }

  protected say(octets: Uint8Array): void {
    this.#send.push(octets);
  }

  /** Whether a peer states what the network asks for. Where it does not, it has failed. */
  protected suffices(evidence: Evidence): boolean {
    const { version, services } = evidence;
    const { minVersion, services: needed } = this.network;
    if (version < minVersion) this.fail("version-too-old", `version ${version}, at least ${minVersion} is needed`, evidence);
    else if (!hasServices(services, needed)) this.fail("services-missing", `services ${services}, ${needed} are needed`, evidence);
    else return true;
    return false;
  }

  protected verify(evidence: Evidence): void {
    this.#events.push({ type: "verified", evidence });
  }

  protected learn(evidence: Partial<Evidence>): void {
    this.#events.push({ type: "learned", evidence });
  }

  /** Tells of those entries that could be dialled, and are not another network's. */
  protected hear(told: readonly Hearsay[]): void {
    const { foreignPorts } = this.network;
    const entries = told.filter(({ address: { port, family } }) => (port !== 0 || family === "i2p") && !foreignPorts.includes(port));
    if (entries.length > 0) this.#events.push({ type: "hearsay", entries });
  }

  protected fail(failure: ProbeFailure, detail: string, evidence = this.evidence): void {
    this.#events.push(evidence === undefined ? { type: "failed", failure, detail } : { type: "failed", failure, detail, evidence });
    this.end();
  }

  protected finish(): void {
    this.#events.push({ type: "done" });
    this.end();
  }

  protected end(): void {
    this.#stage = "over";
    this.#deadline = undefined;
  }

  #expire(now: number): void {
    if (this.#deadline !== undefined && now >= this.#deadline) this.expire(now);
  }

  #step(): Step {
    const step = { send: this.#send, events: this.#events, deadline: this.#deadline };
    this.#send = [];
    this.#events = [];
    return step;
  }
}
