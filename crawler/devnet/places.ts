/** Where a devnet's nodes live. The dialled address is a node's identity, so a few listeners serve them all. */
import { formatAddress, ipAddress, type PeerAddress } from "../../schema/address.ts";
import { DevnetConfigError, MAX_ODD_PORTS, type DevnetConfig } from "./config.ts";
import type { Personality } from "./personalities.ts";
import { parsePrefix, type Prefix } from "./prefix.ts";
import { below, pick, seeded } from "./random.ts";

/** The ports that listeners hold, which decide where nodes can live. */
export type Ground =
  | {
      /** Every IPv4 address of the prefix can be dialled. */
      readonly layout: "spread";
      /** The network's default port. */
      readonly port: number;
      /** Other ports on which IPv4 nodes listen. */
      readonly oddPorts: readonly number[];
      /** Ports on `::1`, the default one first; none where the system has no IPv6. */
      readonly ipv6Ports: readonly number[];
    }
  | {
      /** Only 127.0.0.1 can be dialled: a port a node, the default one first. */
      readonly layout: "ports";
      readonly ports: readonly number[];
    };

/** Where `absent` nodes live: tcpmux (RFC 1078), on which nobody listens, and nobody can without privileges. */
export const CLOSED_PORT = 1;

/** The ground of a devnet on fixed ports from `port` up, as `startDevnet` makes it where they are free and 127/8 and ::1 are local. */
export function spreadGround(config: DevnetConfig, port: number): Ground {
  const oddPorts = Array.from({ length: config.oddPorts }, (_, i) => port + 1 + i);
  const ipv6Ports = Array.from({ length: ipv6Listeners(config) }, (_, i) => port + i);
  return { layout: "spread", port, oddPorts, ipv6Ports };
}

/** How many IPv6 ports a configuration asks for: a node each on `::1`, one for all in a prefix. */
export function ipv6Listeners(config: DevnetConfig): number {
  return Math.min(config.ipv6, config.ipv6Prefix === undefined ? 1 + MAX_ODD_PORTS : 1);
}

/**
 * An address for each node, all distinct. The first `entries` are IPv4 on the default port, the very first the prefix's `.0.0.1`; then come the IPv6
 * ones; the rest are spread over the IPv4 prefix. Throws `DevnetConfigError` where a prefix is too small.
 */
export function placeNodes(config: DevnetConfig, ground: Ground, personalities: readonly Personality[], entries: number): PeerAddress[] {
  if (ground.layout === "ports") {
    return personalities.map((_, i) => ({ family: "ipv4", host: "127.0.0.1", port: ground.ports[i]! }));
  }
  const random = seeded(config.seed, 2);
  const ipv4 = new Hosts(config.ipv4Prefix, "ipv4Prefix", config.nodes + config.lies, random);
  const ipv6 = ipv6Places(config, ground, random);
  return personalities.map((personality, i) => {
    if (i === 0) return ipAddress(ipv4.first(), ground.port);
    if (i < entries) return ipAddress(ipv4.next(), ground.port);
    if (personality === "absent") return ipAddress(ipv4.next(), CLOSED_PORT);
    const place = ipv6.next();
    if (!place.done) return place.value;
    const odd = ground.oddPorts.length > 0 && random() < config.oddPortShare;
    return ipAddress(ipv4.next(), odd ? pick(ground.oddPorts, random) : ground.port);
  });
}

function* ipv6Places(
  config: DevnetConfig,
  ground: Extract<Ground, { layout: "spread" }>,
  random: () => number,
): Generator<PeerAddress, void, undefined> {
  if (ground.ipv6Ports.length === 0) return;
  if (config.ipv6Prefix === undefined) {
    for (const port of ground.ipv6Ports) yield { family: "ipv6", host: "::1", port };
    return;
  }
  const hosts = new Hosts(config.ipv6Prefix, "ipv6Prefix", config.ipv6, random);
  for (let i = 0; i < config.ipv6; i++) yield ipAddress(hosts.next(), ground.port);
}

/** Addresses on the default port, or on 127.0.0.1 where there is no other, at which no node lives: what liars tell. */
export function lieAddresses(config: DevnetConfig, ground: Ground, taken: ReadonlySet<string>): PeerAddress[] {
  const random = seeded(config.seed, 3);
  const hosts = ground.layout === "spread" ? new Hosts(config.ipv4Prefix, "ipv4Prefix", 0, random) : undefined;
  const lies = new Map<string, PeerAddress>();
  while (lies.size < config.lies) {
    const address: PeerAddress =
      hosts === undefined || ground.layout === "ports"
        ? { family: "ipv4", host: "127.0.0.1", port: 1_024 + below(64_000, random) }
        : ipAddress(hosts.next(), ground.port);
    const key = formatAddress(address);
    if (!taken.has(key)) lies.set(key, address);
  }
  return [...lies.values()];
}

/** Room in a prefix must be this many times what is drawn, so that drawing distinct addresses stays quick. */
const SPARE = 4;

/** Draws distinct addresses of a prefix, one as likely as another, without the all-zero and all-one hosts. */
class Hosts {
  readonly #prefix: Prefix;
  readonly #random: () => number;
  readonly #drawn = new Set<string>();

  constructor(cidr: string, field: string, need: number, random: () => number) {
    this.#prefix = parsePrefix(cidr);
    this.#random = random;
    const room = 254 ** Math.min(4, this.#prefix.base.length - this.#prefix.fixed);
    if (need * SPARE > room) throw new DevnetConfigError(`devnet: ${field}: too small for ${need} addresses`);
  }

  /** The prefix's first host, as 127.0.0.1. */
  first(): Uint8Array {
    const octets = Uint8Array.from(this.#prefix.base);
    octets[octets.length - 1] = 1;
    this.#drawn.add(octets.join());
    return octets;
  }

  next(): Uint8Array {
    for (;;) {
      const octets = Uint8Array.from(this.#prefix.base, (octet, i) => (i < this.#prefix.fixed ? octet : 1 + below(254, this.#random)));
      const key = octets.join();
      if (this.#drawn.has(key)) continue;
      this.#drawn.add(key);
      return octets;
    }
  }
}
