/** Follows one network's bank at the edge: the pre-signed answers of a zone with DNSSEC. Most zones have none. */
import { BankError } from "../schema/bank.ts";
import { openBankDocument, sealFromHeaders, SnapshotRefusedError } from "../schema/seal.ts";
import { openBank, type Bank } from "../workers/dns/bank.ts";
import { ask, EdgeError, readBody } from "./edge.ts";
import type { Poll } from "./follower.ts";
import { FOLLOWING_LIMITS } from "./limits.ts";

interface Held {
  readonly seq: number;
  readonly expires: number;
  readonly etag: string | null;
  readonly bank: Bank;
}

const decodeText = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** One network's banks. */
export class BankFollower {
  readonly #url: URL;
  readonly #network: string;
  readonly #keys: readonly string[];
  #held: Held | undefined;

  constructor(edge: URL, network: string, keys: readonly string[]) {
    this.#url = new URL(`/v1/networks/${network}/bank`, edge);
    this.#network = network;
    this.#keys = keys;
  }

  /** The bank, as long as it may be served; `now` is Unix seconds. */
  bankAt(now: number): Bank | undefined {
    return this.#held !== undefined && now < this.#held.expires ? this.#held.bank : undefined;
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
      await response.body?.cancel();
      const before = this.#held;
      this.#held = undefined;
      return before === undefined ? "unchanged" : "updated";
    }
    const bytes = await readBody(response, FOLLOWING_LIMITS.bankOctets);
    const seal = sealFromHeaders((name) => response.headers.get(name));
    const trust = { network: this.#network, keys: this.#keys, crypto: crypto.subtle, decodeText };
    const { bank } = await openBankDocument({ bytes, seal }, trust, this.#held, now);
    this.#held = { seq: bank.seq, expires: bank.expires, etag: response.headers.get("etag"), bank: openBank(bank) };
    return "updated";
  }
}
