/**
 * The parameters of one P2P network. They are data: shipped ones live in `networks/`, one file a family, each value
 * with its source; a user passes a JSON file of the same shape for a network we have never heard of.
 */
import * as v from "valibot";
import { AddressError, MAX_ADDRESS_LENGTH, parseAddress } from "./address.ts";

const PortSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const HexSchema = (octets: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * octets}}$`), `expected ${octets} octets as lower-case hex`));

/** A service-bit mask: lower-case hex without leading zeros, at most 64 bits. JSON numbers cannot hold 64 bits. */
export const ServicesSchema = v.pipe(v.string(), v.regex(/^(0|[1-9a-f][0-9a-f]{0,15})$/, "expected services as hex"));

/** A network's name: lower-case letters, digits and dashes, as it stands in URLs. */
export const NetworkNameSchema = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/, "expected a network name"));

/** What the Bitcoin family's handshake needs to know. */
const BitcoinWireSchema = v.strictObject({
  family: v.literal("bitcoin"),
  /** The four octets that open every message, in wire order. */
  magic: HexSchema(4),
  /** The protocol version that our `version` message states. */
  protocolVersion: v.pipe(v.number(), v.integer(), v.minValue(209)),
  /** Whether to offer BIP155 `sendaddrv2`. Not derivable from the version: Zcash's numbers are above Bitcoin's. */
  addrv2: v.boolean(),
  /** The network's largest message in octets, where it is not Bitcoin's 4,000,000. A peer that sends more unasked is flooding. */
  maxMessage: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64_000_000))),
  /** How long to wait for the answer to `getaddr`, in milliseconds, where the version number does not tell which software answers. */
  gossipWaitMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(600_000))),
});

/** What Decred's handshake needs to know. */
const DecredWireSchema = v.strictObject({
  family: v.literal("decred"),
  /** The four octets that open every message, in wire order. */
  magic: HexSchema(4),
  /** The protocol version that our `version` message states. Below 9 nobody answers; from 12 on gossip comes as `addrv2`. */
  protocolVersion: v.pipe(v.number(), v.integer(), v.minValue(9), v.maxValue(0x7fff_ffff)),
});

const OctetSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/** What Nano's handshake needs to know. The versions move with every release, so they are data. */
const NanoWireSchema = v.strictObject({
  family: v.literal("nano"),
  /** The two octets that open every message, in wire order. */
  networkId: HexSchema(2),
  /** Hash of the genesis block, in wire order: part of what a node signs. */
  genesis: HexSchema(32),
  /** The versions that our headers state. */
  versionMax: OctetSchema,
  versionUsing: OctetSchema,
  versionMin: OctetSchema,
});

/** A capability of Chia's nodes (chia/protocols/shared_protocol.py). */
const RATE_LIMITS_V3 = 7;

/** What Chia's handshake needs to know. */
const ChiaWireSchema = v.strictObject({
  family: v.literal("chia"),
  networkId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** What our handshake states; nodes parse it. */
  protocolVersion: v.pipe(v.string(), v.regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, "expected three numbers with dots between")),
  /** Ids of the capabilities that our handshake offers. Who offers RATE_LIMITS_V3 must go on with an exchange that we do not know. */
  capabilities: v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64), v.notValue(RATE_LIMITS_V3))),
});

/** Wire parameters by protocol family. A new family adds a member here and a folder in `crawler/protocols`. */
export const WireSchema = v.variant("family", [BitcoinWireSchema, DecredWireSchema, NanoWireSchema, ChiaWireSchema]);

export const NetworkSchema = v.strictObject({
  name: NetworkNameSchema,
  /** For people: "Bitcoin testnet4". */
  title: v.pipe(v.string(), v.maxLength(80)),
  wire: WireSchema,
  /** The default P2P port. Only peers on it may stand in A and AAAA answers, which carry no port. */
  port: PortSchema,
  /** Which addresses can be peers. */
  scope: v.picklist(["public", "loopback"]),
  /** A peer that states less is not counted as good. */
  minVersion: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Bits that a good peer must offer. */
  services: ServicesSchema,
  /** The masks offered as `x<hex>.` labels below the zone. */
  serviceLabels: v.array(ServicesSchema),
  /** A peer below this height is not counted as good: it is on no chain of ours. 0 where unknown. */
  minHeight: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** A peer more than this many blocks behind the median of good peers is stuck. */
  maxHeightLag: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Host names whose A/AAAA records name peers on the default port. */
  dnsSeeds: v.array(v.pipe(v.string(), v.maxLength(253))),
  /** Host names that answer `https://<host>/api/addrs` with addresses (Decred's seeders). */
  httpsSeeds: v.optional(v.array(v.pipe(v.string(), v.maxLength(253)))),
  /** `host:port` of nodes that tell others where peers are (Chia's introducers). */
  introducers: v.optional(v.array(v.pipe(v.string(), v.maxLength(260)))),
  /** How often a peer is asked for addresses, in seconds, where a day is wrong: some protocols tell only a few at a time. */
  harvestSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(604_800))),
  /** Addresses to start from where DNS gives none. */
  fixedSeeds: v.array(
    v.pipe(
      v.string(),
      v.maxLength(MAX_ADDRESS_LENGTH),
      v.check((text) => isAddress(text), "expected host:port or [ipv6]:port"),
    ),
  ),
  /** Ports that betray a node of another network with the same magic. */
  foreignPorts: v.array(PortSchema),
  /** Where each value was taken from, by field name. */
  sources: v.record(v.string(), v.string()),
});

export type Network = Readonly<v.InferOutput<typeof NetworkSchema>>;
export type Wire = Network["wire"];
export type Family = Wire["family"];

/** A network whose peers speak the family's protocol. */
export type NetworkOf<F extends Family> = Network & { readonly wire: Extract<Wire, { family: F }> };

/** A parameter file that does not describe a network; the message names the field. */
export class NetworkError extends Error {
  override name = "NetworkError";
}

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}

/** Checks a parsed parameter file. Throws `NetworkError` naming the first bad field. */
export function parseNetwork(value: unknown): Network {
  const result = v.safeParse(NetworkSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new NetworkError(`network parameters: ${v.getDotPath(issue) ?? "file"}: ${issue.message}`);
}

/** True where `offered` has every bit of `wanted`; both hex. */
export function hasServices(offered: string, wanted: string): boolean {
  const mask = BigInt(`0x${wanted}`);
  return (BigInt(`0x${offered}`) & mask) === mask;
}
