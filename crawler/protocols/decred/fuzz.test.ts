import { hexToBytes } from "@noble/hashes/utils.js";
import { DECRED_12, PEER } from "../../../test/support/decred-peer.ts";
import { DECRED_VECTORS } from "../../../test/support/decred-vectors.ts";
import { fuzzEnvelope } from "../../../test/support/envelope-fuzz.ts";
import { DECRED } from "../../../schema/networks/decred.ts";
import { encodeVersion } from "../envelope/version.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { blakeChecksum } from "./frame.ts";
import { DECRED_LIMITS } from "./limits.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

fuzzEnvelope({
  network: DECRED,
  networks: [DECRED_12],
  checksum: blakeChecksum,
  limits: DECRED_LIMITS,
  decoders: [decodeVersion, decodeAddr, decodeAddrv2, decodeNonce],
  messages: DECRED_VECTORS.messages.map(({ command, hex }) => ({ command, payload: hexToBytes(hex).subarray(24) })),
  commands: ["version", "verack", "addr", "addrv2", "ping", "getaddr", "sendheaders", "inv", "__proto__", ""],
  version: encodeVersion({ ...PEER, version: 12 }),
});
