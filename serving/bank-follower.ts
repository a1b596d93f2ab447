/** Follows one network's bank at the edge: the pre-signed answers of a zone with DNSSEC. Most zones have none. */
import * as v from "valibot";
import { BankError } from "../schema/bank.ts";
import { openBankDocument, sealFromHeaders, SnapshotRefusedError, type Position } from "../schema/seal.ts";
import { openBank, type Bank } from "../workers/dns/bank.ts";
import { ask, EdgeError, readBody } from "./edge.ts";
import type { Poll } from "./follower.ts";
import { FOLLOWING_LIMITS } from "./limits.ts";

interface Held {
  readonly etag: string | null;
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
   * Whether it is known how the zone with this apex is to be answered: the edge has said if there is a bank, and the one that it gave has not
   * expired. Else nothing is: what is unsigned would be bogus where the zone is signed.
   */
  isKnown(zone: string, now: number): boolean {
    return this.#known && (this.#held?.bank.zone !== zone || this.bankAt(zone, now) !== undefined);
  }

  /** The bank of the zone with this apex, as long as it may be served; `now` is Unix seconds. A network's zone may have got another name. */
  bankAt(zone: string, now: number): Bank | undefined {
    if (this.#held?.bank.zone !== zone) return undefined;
    return this.#position !== undefined && now < this.#position.expires ? this.#held.bank : undefined;
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
    this.#held = { etag: response.headers.get("etag"), bank: openBank(bank) };
    this.#position = { seq: bank.seq, expires: bank.expires };
    this.#known = true;
    return "updated";
  }
}
