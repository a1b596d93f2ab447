/** The prefix that stands for one client: what a host can easily change within does not help it. */
import { isIPv4, isIPv6 } from "node:net";
import { hostOctets, parseAddress } from "../schema/address.ts";

/** /24 for IPv4 and /56 for IPv6, as response rate limiting has them (BIND's and Knot's defaults). Mapped IPv4 counts as IPv4. */
export function sourcePrefix(host: string): string {
  if (isIPv4(host)) return host.slice(0, host.lastIndexOf(".")); // in each datagram of a flood
  const plain = host.replace(/%.*$/, "");
  const octets = hostOctets(parseAddress(isIPv6(plain) ? `[${plain}]:1` : `${plain}:1`));
  if (octets === undefined) return plain;
  return octets.subarray(0, octets.length === 4 ? 3 : 7).join(".");
}
