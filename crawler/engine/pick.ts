/** An address the scheduler chose. It stays in flight until `release` or `abandon`. */
import type { PeerAddress } from "../../schema/address.ts";
import type { PeerRecord } from "./record.ts";

export interface Pick {
  readonly record: PeerRecord;
  readonly address: PeerAddress;
  /** Ask for addresses after the handshake. */
  readonly harvest: boolean;
}
