/** The `version` message, and the nonces of `ping` and `pong` (Bitcoin Core src/net_processing.cpp; BIP14, BIP31, BIP37; dcrd wire/msgversion.go). */
import { hostOctets, ipAddress, type PeerAddress } from "../../../schema/address.ts";
import { mapIpv4 } from "../../../schema/ip.ts";
import { MAX_USER_AGENT } from "../agent.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { readCompactSize, writeCompactSize } from "./compact-size.ts";
import { servicesBits, servicesHex } from "./services.ts";

/** An address with services, without a time, as `version` carries it. Port and host may be all zero. */
export interface Endpoint {
  readonly services: string;
  readonly address: PeerAddress;
}

/** A `version` message. Old peers stop after `receiver` or any later field; what follows a missing field is missing too. */
export interface VersionMessage {
  readonly version: number;
  readonly services: string;
  /** Unix seconds, signed and unchecked. */
  readonly timestamp: bigint;
  /** Whom the sender thinks to talk to. */
  readonly receiver: Endpoint;
  readonly sender?: Endpoint;
  /** Random per connection; comes together with `sender`. */
  readonly nonce?: bigint;
  /** One character an octet, unchecked: see `cleanAgent`. */
  readonly userAgent?: string;
  readonly startHeight?: number;
  readonly relay?: boolean;
}

/** Reads the message from a payload, up to its last known field. Throws `WireError`. */
export function readVersion(reader: Reader): VersionMessage {
  let message: VersionMessage = {
    version: reader.i32le("version"),
    services: servicesHex(reader.u64le("services")),
    timestamp: reader.i64le("timestamp"),
    receiver: readEndpoint(reader, "receiver"),
  };
  if (reader.remaining > 0) message = { ...message, sender: readEndpoint(reader, "sender"), nonce: reader.u64le("nonce") };
  if (reader.remaining > 0) message = { ...message, userAgent: readAgent(reader) };
  if (reader.remaining > 0) message = { ...message, startHeight: reader.i32le("start height") };
  if (reader.remaining > 0) message = { ...message, relay: reader.u8("relay") !== 0 };
  return message;
}

function readEndpoint(reader: Reader, field: string): Endpoint {
  const services = servicesHex(reader.u64le(field));
  const host = reader.bytes(16, field);
  return { services, address: ipAddress(host, reader.u16be(field)) };
}

function readAgent(reader: Reader): string {
  const length = readCompactSize(reader, MAX_USER_AGENT, "user agent");
  return String.fromCharCode(...reader.bytes(length, "user agent"));
}

/** Encodes a message up to its first missing field. Throws `WireError` for a value that its field cannot hold. */
export function encodeVersion(message: VersionMessage): Uint8Array {
  const { sender, nonce, userAgent, startHeight, relay } = message;
  const writer = new Writer()
    .i32le(message.version, "version")
    .u64le(servicesBits(message.services), "services")
    .i64le(message.timestamp, "timestamp");
  writeEndpoint(writer, message.receiver, "receiver");
  if (sender === undefined || nonce === undefined) return writer.finish();
  writeEndpoint(writer, sender, "sender");
  writer.u64le(nonce, "nonce");
  if (userAgent === undefined) return writer.finish();
  writeCompactSize(writer, userAgent.length, "user agent");
  for (const char of userAgent) writer.u8(char.codePointAt(0) ?? 0, "user agent");
  if (startHeight === undefined) return writer.finish();
  writer.i32le(startHeight, "start height");
  if (relay === undefined) return writer.finish();
  return writer.u8(relay ? 1 : 0, "relay").finish();
}

const NO_HOST = new Uint8Array(16);

/** An overlay host has no 16-octet form; Core sends zeros for it too. */
function writeEndpoint(writer: Writer, { services, address }: Endpoint, field: string): void {
  const octets = hostOctets(address) ?? NO_HOST;
  writer
    .u64le(servicesBits(services), field)
    .bytes(octets.length === 4 ? mapIpv4(octets) : octets)
    .u16be(address.port, field);
}

/** The payload of a `ping` or `pong`. */
export function encodeNonce(nonce: bigint): Uint8Array {
  return new Writer().u64le(nonce, "nonce").finish();
}
