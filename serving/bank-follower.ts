/** Follows one network's bank at the edge: the pre-signed answers of a zone with DNSSEC. Most zones have none. */
import * as v from "valibot";
import { BankError } from "../schema/bank.ts";
import { freshnessAt, openBankDocument, sealFromHeaders, SnapshotRefusedError, type Freshness, type Position } from "../schema/seal.ts";
import { openBank, type Bank } from "../workers/dns/bank.ts";
import { ask, EdgeError, readBody } from "./edge.ts";
import type { Poll } from "./follower.ts";
import { FOLLOWING_LIMITS } from "./limits.ts";

interface Held {
  readonly etag: string | null;
  readonly generated: number;
  readonly expires: number;
  readonly bank: Bank;
}

/** What an edge says of a network whose zone is not signed. */
const UnsignedSchema = v.pipe(v.string(), v.parseJson(), v.object({ type: v.literal("/problems/no-bank") }));

const decodeText = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** One network's banks. */
export class BankFollower {
  readonly #url: URL;
  readonly #network: string;
  readonly #keys: readonly string[];
  #held: Held | undefined;
  /** Of the last bank taken; kept when the zone is no longer signed, so that what was replaced does not come back. */
  #position: Position | undefined;
  #known = false;

  constructor(edge: URL, network: string, keys: readonly string[]) {
    this.#url = new URL(`/v1/networks/${network}/bank`, edge);
    this.#network = network;
    this.#keys = keys;
  }

  /**
   * The step of the staleness ladder of the bank of the zone with this apex at `now` (Unix seconds), where one is fresh for `freshSeconds`: a bank
   * does not say itself when it grows stale. `absent` while it is not known how the zone is to be answered, because the edge has not said if there is
   * a bank: then nothing may be, nor when it has expired, for what is unsigned would be bogus where the zone is signed.
   */
  freshness(zone: string, now: number, freshSeconds: number): Freshness | "unsigned" {
    if (!this.#known) return "absent";
    if (this.#held?.bank.zone !== zone) return "unsigned";
    const { generated, expires } = this.#held;
    return freshnessAt({ stale: generated + freshSeconds, expires }, now);
  }

  /** The bank of the zone with this apex, as long as it may be served; `now` is Unix seconds. A network's zone may have got another name. */
  bankAt(zone: string, now: number): Bank | undefined {
    return this.#held?.bank.zone === zone && now < this.#held.expires ? this.#held.bank : undefined;
  }

  /** Asks the edge once. What is held stays unless something better comes, or the edge says that the zone is no longer signed. */
  async poll(now: number, signal: AbortSignal): Promise<Poll> {
    try {
      return await this.#poll(now, signal);
    } catch (error) {
      if (error instanceof SnapshotRefusedError) return error.reason;
      if (error instanceof BankError) return "malformed";
      if (error instanceof EdgeError) return "edge-failed";
      throw error;
    }
  }

  async #poll(now: number, signal: AbortSignal): Promise<Poll> {
    const etag = this.#held?.etag;
    const response = await ask(this.#url, etag == null ? {} : { "if-none-match": etag }, signal, [404]);
    if (response.status === 304) return "unchanged";
    if (response.status === 404) {
      const before = this.#held;
      const text = decodeText(await readBody(response, FOLLOWING_LIMITS.problemOctets));
      // Much on the way to an edge can be 404. One that knows of no banks says nothing better, but it never gave one either.
      if (before !== undefined && !v.is(UnsignedSchema, text)) throw new EdgeError("the edge has no bank, and does not say why");
      this.#held = undefined;
      this.#known = true;
      return before === undefined ? "unchanged" : "updated";
    }
    const bytes = await readBody(response, FOLLOWING_LIMITS.bankOctets);
    const seal = sealFromHeaders((name) => response.headers.get(name));
    const trust = { network: this.#network, keys: this.#keys, crypto: crypto.subtle, decodeText };
    const { bank } = await openBankDocument({ bytes, seal }, trust, this.#position, now);
    const { seq, generated, expires } = bank;
    this.#held = { etag: response.headers.get("etag"), generated, expires, bank: openBank(bank) };
    this.#position = { seq, expires };
    this.#known = true;
    return "updated";
  }
}
