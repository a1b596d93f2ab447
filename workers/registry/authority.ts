/** Who may do what: middleware that lets only proven callers through to the authenticated API. */
import { and, eq, sql } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { PUSH_LIMITS, SIGNATURE_PROFILE } from "../../schema/api.ts";
import {
  readSignature,
  SignatureError,
  verifyBody,
  verifySignature,
  type ReceivedRequest,
  type SignatureClaim,
} from "../../schema/http-signature.ts";
import { keyId } from "../../schema/key.ts";
import { nonces, vantages } from "../../schema/tables.ts";
import { configOf, type ServedNetwork } from "../config.ts";
import { checkStatedLength, readBody } from "./body.ts";
import { commit, openDatabase, stored, type Database, type Spend } from "./database.ts";
import { RefusalError, replayed } from "./refusal.ts";

/** Unix seconds. */
export type Clock = () => number;

/** What a handler behind the middleware finds in its context: all of it is proven. */
export interface Proven {
  readonly db: Database;
  readonly now: number;
  /** The nonce of this request, for the handler to spend with what it does. */
  readonly spend: Spend;
  /** Empty on GET. */
  readonly body: Uint8Array;
}
export type OperatorEnv = { Bindings: Env; Variables: { proven: Proven } };
export type VantageEnv = { Bindings: Env; Variables: { proven: Proven; served: ServedNetwork } };

/** The most octets in an operator's request. */
export const OPERATOR_BODY_BYTES = 64 * 1024;

/** Lets enrolled and enabled vantages through, each to its own networks; `{network}` is the path's. */
export const onlyVantages = (clock: Clock) =>
  createMiddleware<VantageEnv>(async (c, next) => {
    c.set("served", servedNetwork(c.env, c.req.param("network")));
    const proven = await prove(c.req.raw, c.env, clock(), PUSH_LIMITS.bodyBytes, async (db, { keyId: id, nonce }) => {
      const spent = sql<number>`exists (select 1 from ${nonces} where ${and(eq(nonces.key, id), eq(nonces.nonce, nonce))})`;
      const columns = { key: vantages.key, networks: vantages.networks, disabled: vantages.disabled, spent };
      const [vantage] = await stored(db.select(columns).from(vantages).where(eq(vantages.id, id)));
      return vantage && { publicKey: vantage.key, spent: vantage.spent !== 0, permit: () => permit(vantage, c.get("served").network.name) };
    });
    c.set("proven", proven);
    await next();
  });

/** Lets operators through: those whose public keys stand in the deployment's configuration. */
export const onlyOperators = (clock: Clock) =>
  createMiddleware<OperatorEnv>(async (c, next) => {
    const proven = await prove(c.req.raw, c.env, clock(), OPERATOR_BODY_BYTES, async (db, { keyId: id, nonce }) => {
      const publicKey = configOf(c.env).operatorKeys.find((key) => keyId(key) === id);
      if (publicKey === undefined) return undefined;
      const spent = await stored(
        db
          .select({ attempt: nonces.attempt })
          .from(nonces)
          .where(and(eq(nonces.key, id), eq(nonces.nonce, nonce))),
      );
      return { publicKey, spent: spent.length > 0, permit: () => undefined };
    });
    c.set("proven", proven);
    await next();
  });

/** The network of the path as this edge serves it. Throws `RefusalError` 404. */
export function servedNetwork(env: Env, name: string | undefined): ServedNetwork {
  const served = configOf(env).served.find(({ network }) => network.name === name);
  if (served === undefined) throw new RefusalError(404, "unknown-network", "This edge does not serve this network");
  return served;
}

interface Key {
  readonly publicKey: string;
  /** Whether the request's nonce was spent before. */
  readonly spent: boolean;
  /** Throws `RefusalError` 403 where the key may not do this; asked only once the signature is proven. */
  readonly permit: () => void;
}

/** Cheap checks first; the body is read last, and only of a caller who may send one. */
async function prove(
  raw: Request,
  env: Env,
  now: number,
  bodyLimit: number,
  find: (db: Database, claim: SignatureClaim) => Promise<Key | undefined>,
): Promise<Proven> {
  checkStatedLength(raw, bodyLimit);
  const request: ReceivedRequest = { method: raw.method, url: raw.url, header: (name) => raw.headers.get(name) };
  const claim = readSignature(request, now);
  const db = openDatabase(env.DB);
  const key = await find(db, claim);
  if (key === undefined) throw new SignatureError("key-unknown", "The key is not enrolled here");
  await verifySignature(request, claim, key.publicKey, crypto.subtle);
  if (key.spent) throw replayed();
  key.permit();
  const spend = { key: claim.keyId, nonce: claim.nonce, expires: claim.created + SIGNATURE_PROFILE.maxSkewSeconds };
  if (raw.method === "GET") return { db, now, spend, body: new Uint8Array() };
  const body = await readBody(raw, bodyLimit);
  await verifyBody(request, body, crypto.subtle);
  return { db, now, spend, body };
}

function permit(vantage: { networks: string; disabled: number | null }, network: string): void {
  if (vantage.disabled !== null) throw new RefusalError(403, "vantage-disabled", "This vantage is disabled");
  const networks: unknown = JSON.parse(vantage.networks);
  if (Array.isArray(networks) && networks.includes(network)) return;
  throw new RefusalError(403, "foreign-network", "This vantage may not report this network");
}

/** Spends the nonce of a request that writes nothing else. Throws `RefusalError` 401 where it was spent before. */
export async function spendAlone(db: Database, spend: Spend): Promise<void> {
  if ((await commit(db, spend, [])) === "replayed") throw replayed();
}
