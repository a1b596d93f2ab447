/** For the tests: a registry of its own over real D1 and KV, with keys, a clock that stands still until it is set, and faults on demand. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Change, Push } from "../../schema/api.ts";
import { signRequest } from "../../schema/http-signature.ts";
import { keyId } from "../../schema/key.ts";
import type { Network } from "../../schema/network.ts";
import { DEVNET } from "../../schema/networks/devnet.ts";
import { parsePrivateKey, signerOf, type PrivateKey } from "../../schema/private-key.ts";
import { EMPTY_DIGEST, foldDigest, type Report } from "../../schema/report.ts";
import { configOf, type ServedNetwork } from "../config.ts";
import { FaultyD1 } from "./test-faults.ts";
import { createRegistry } from "./routes.ts";

/** When every test registry starts, Unix seconds; the first second of a minute. */
export const NOW = 1_800_000_000;
const ORIGIN = "https://seed.example.org";

export async function newKey(): Promise<PrivateKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519 keys come in pairs");
  return parsePrivateKey(JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey)));
}

export interface SignOptions {
  readonly body?: unknown;
  /** The body as it is, in place of `body` as JSON. */
  readonly text?: string;
  readonly created?: number;
  readonly nonce?: string;
  /** Changes the request after it was signed. */
  readonly spoil?: (request: Request) => Request;
}

let serial = 0;

/** A report of a good peer; every field can be set. */
export const report = (address: string, fields: Partial<Report> = {}): Report => ({
  address,
  state: "good",
  services: "409",
  version: 70016,
  agent: "/Satoshi:27.0.0/",
  height: 840_000,
  since: NOW - 86_400,
  seen: NOW - 60,
  reliability: [900, 800, 700, 600, 500],
  ...fields,
});

/** `count` routable addresses, no two alike. */
export const addresses = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, i) => `20.${(i + first) >> 16}.${((i + first) >> 8) & 255}.${(i + first) & 255}:8333`);

export class TestRegistry {
  readonly clock = { now: NOW };
  readonly db = new FaultyD1(env.DB);
  readonly app = createRegistry(() => this.clock.now);
  readonly env: Env;
  readonly operator: PrivateKey;
  /** What background work ended with, in order. */
  readonly background: PromiseSettledResult<unknown>[] = [];

  constructor(bindings: Env, operator: PrivateKey) {
    this.env = { ...bindings, DB: this.db.binding };
    this.operator = operator;
  }

  get served(): ServedNetwork {
    return configOf(this.env).served[0]!;
  }

  get network(): string {
    return this.served.network.name;
  }

  /** A request through the app; background work has ended when it returns. */
  async fetch(request: Request | string, init?: RequestInit): Promise<Response> {
    const work: Promise<unknown>[] = [];
    const context = { ...createExecutionContext(), waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
    const asked = typeof request === "string" ? new Request(`${ORIGIN}${request}`, init) : request;
    const response = await this.app.fetch(asked, this.env, context);
    this.background.push(...(await Promise.allSettled(work)));
    return response;
  }

  async signed(key: PrivateKey, method: "GET" | "POST", path: string, options: SignOptions = {}): Promise<Response> {
    return this.fetch(await this.sign(key, method, path, options));
  }

  async sign(key: PrivateKey, method: "GET" | "POST", path: string, options: SignOptions = {}): Promise<Request> {
    const { created = this.clock.now, nonce = `test-nonce-${String(serial++).padStart(8, "0")}`, spoil } = options;
    const url = new URL(path, ORIGIN).href;
    const body = Uint8Array.from(
      new TextEncoder().encode(options.text ?? (options.body === undefined ? "" : JSON.stringify(options.body))),
    );
    const signer = await signerOf(key, crypto.subtle);
    const headers = await signRequest({
      method,
      url,
      signer,
      crypto: crypto.subtle,
      created,
      nonce,
      ...(method === "POST" ? { body } : {}),
    });
    const request = new Request(url, { method, headers, ...(method === "POST" ? { body } : {}) });
    return spoil === undefined ? request : spoil(request);
  }

  /** Enrols a new vantage for this network. */
  async enrol(name: string, networks: readonly string[] = [this.network]): Promise<TestVantage> {
    const key = await newKey();
    const body = { name: `${name}-${serial++}`, publicKey: key.x, networks };
    const response = await this.signed(this.operator, "POST", "/v1/operator/vantages", { body });
    if (response.status !== 201) throw new Error(`enrolling failed: ${await response.text()}`);
    return new TestVantage(this, key, body.name);
  }
}

/** A vantage that keeps its reported set as a crawler does. */
export class TestVantage {
  readonly registry: TestRegistry;
  readonly key: PrivateKey;
  readonly name: string;
  readonly reported = new Map<string, Report>();
  seq = 0;
  digest = EMPTY_DIGEST;

  constructor(registry: TestRegistry, key: PrivateKey, name: string) {
    this.registry = registry;
    this.key = key;
    this.name = name;
  }

  get id(): string {
    return keyId(this.key.x);
  }

  get path(): string {
    return `/v1/networks/${this.registry.network}/reports`;
  }

  /** The delta that these changes make of the present position. */
  delta(changes: readonly Change[]): Push {
    const removed: Report[] = [];
    const added: Report[] = [];
    for (const change of changes) {
      const old = this.reported.get(change.address);
      if (old !== undefined) removed.push(old);
      if (change.state !== "gone") added.push(change);
    }
    return { run: "test", seq: this.seq + 1, base: this.digest, changes: [...changes], digest: foldDigest(this.digest, removed, added) };
  }

  send(push: unknown, options: SignOptions = {}): Promise<Response> {
    return this.registry.signed(this.key, "POST", this.path, { body: push, ...options });
  }

  /** Sends a delta; where it is accepted, moves on. */
  async push(changes: readonly Change[], options: SignOptions = {}): Promise<Response> {
    const push = this.delta(changes);
    const response = await this.send(push, options);
    if (response.status === 200) this.#moveOn(push);
    return response;
  }

  #moveOn(push: Push): void {
    this.seq = push.seq;
    this.digest = push.digest;
    for (const change of push.changes) {
      if (change.state === "gone") this.reported.delete(change.address);
      else this.reported.set(change.address, change);
    }
  }
}

/** A registry that serves one network, a public one in all but its name. Storage is shared, so names must differ. */
export async function createTestRegistry(name: string, zone: object = {}, parameters: Partial<Network> = {}): Promise<TestRegistry> {
  const [operator, signing] = [await newKey(), await newKey()];
  const network = { ...DEVNET, scope: "public", port: 8333, ...parameters, name };
  const bindings: Env = {
    ...env,
    ZONES: [{ name: `${name}.seed.example.org.`, network, nameservers: ["ns1.example.org."], contact: "host.example.org.", ...zone }],
    OPERATOR_PUBLIC_KEYS: [operator.x],
    SNAPSHOT_PUBLIC_KEYS: [signing.x],
    SNAPSHOT_KEY: JSON.stringify(signing),
  };
  return new TestRegistry(bindings, operator);
}

/** The stable end of a problem's type. */
export async function problemOf(response: Response): Promise<{ status: number; slug: string }> {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`no problem: ${response.status} ${type}`);
  const body: { type: string; status: number } = await response.json();
  if (body.status !== response.status) throw new Error("the problem states another status");
  return { status: response.status, slug: body.type.replace("/problems/", "") };
}
