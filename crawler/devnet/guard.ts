/** Who may call whom: a devnet is for this machine only, though it listens on every address. */
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";
import type { DevnetConfig } from "./config.ts";
import { contains, parsePrefix } from "./prefix.ts";

const octetsOf = (host: string): Uint8Array => (host.includes(":") ? parseIpv6(host) : parseIpv4(host));

const IPV6_LOOPBACK = parseIpv6("::1");

/** True where both ends of a connection are on loopback or in the configured prefixes. Takes the system's text forms, undefined once the caller is gone. */
export type Guard = (local: string | undefined, remote: string | undefined) => boolean;

export function createGuard({ ipv4Prefix, ipv6Prefix }: Pick<DevnetConfig, "ipv4Prefix" | "ipv6Prefix">): Guard {
  const prefixes = ["127.0.0.0/8", ipv4Prefix, ...(ipv6Prefix === undefined ? [] : [ipv6Prefix])].map(parsePrefix);
  const isOurs = (host: string | undefined): boolean => {
    if (host === undefined || host.includes("%")) return false; // a zone id: link-local, so never ours
    const octets = octetsOf(host);
    return prefixes.some((prefix) => contains(prefix, octets)) || octets.join() === IPV6_LOOPBACK.join();
  };
  return (local, remote) => isOurs(local) && isOurs(remote);
}
