import { MESSAGE_VECTORS } from "../../../test/support/bitcoin-vectors.ts";
import { fuzzEnvelope } from "../../../test/support/envelope-fuzz.ts";
import { BITCOIN } from "../../../schema/networks/bitcoin.ts";
import { NETWORKS } from "../../../schema/networks/index.ts";
import { decodeAddrv2 } from "./addrv2.ts";
import { doubleSha256 } from "./frame.ts";
import { BITCOIN_LIMITS } from "./limits.ts";
import { decodeAddr, decodeNonce, decodeVersion } from "./messages.ts";

fuzzEnvelope({
  network: BITCOIN,
  networks: NETWORKS.flatMap((network) => (network.wire.family === "bitcoin" ? [{ ...network, wire: network.wire }] : [])),
  checksum: doubleSha256,
  limits: BITCOIN_LIMITS,
  decoders: [decodeVersion, decodeAddr, decodeAddrv2, decodeNonce],
  messages: MESSAGE_VECTORS.map(({ bytes, decoded: { command } }) => ({ command, payload: bytes.subarray(24) })),
  commands: ["version", "verack", "addr", "addrv2", "ping", "getaddr", "sendaddrv2", "inv", "__proto__", ""],
  version: MESSAGE_VECTORS.find(({ decoded }) => decoded.user_agent?.includes("Knots") === true)!.bytes.subarray(24),
});
