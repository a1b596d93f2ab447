/** Which IP addresses a seed may know and serve: the public ones, or in a devnet only the loopback ones. */
import { hostOctets, type PeerAddress } from "./address.ts";
import { parseIpv4, parseIpv6 } from "./ip.ts";

/** `public`: globally routable addresses only. `loopback`: 127/8 and ::1 only, for devnets. */
export type AddressScope = "public" | "loopback";

interface Prefix {
  readonly octets: Uint8Array;
  readonly bits: number;
}

const prefix = (cidr: string): Prefix => {
  const [host = "", bits = "0"] = cidr.split("/");
  return { octets: host.includes(":") ? parseIpv6(host) : parseIpv4(host), bits: Number(bits) };
};

/** Not globally routable: the union of Bitcoin Core's CNetAddr::IsRoutable and the IANA special-purpose registries. */
const UNROUTABLE = [
  "0.0.0.0/8", // this network, RFC 791
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // carrier-grade NAT, RFC 6598
  "127.0.0.0/8", // loopback, RFC 1122
  "169.254.0.0/16", // link local, RFC 3927
  "172.16.0.0/12", // private, RFC 1918
  "192.0.0.0/24", // IETF protocol assignments, RFC 6890
  "192.0.2.0/24", // documentation, RFC 5737
  "192.88.99.0/24", // 6to4 relay anycast, RFC 7526
  "192.168.0.0/16", // private, RFC 1918
  "198.18.0.0/15", // benchmarking, RFC 2544
  "198.51.100.0/24", // documentation, RFC 5737
  "203.0.113.0/24", // documentation, RFC 5737
  "224.0.0.0/4", // multicast, RFC 5771
  "240.0.0.0/4", // reserved and broadcast, RFC 1112
  "::/96", // unspecified, loopback and IPv4-compatible, RFC 4291
  "64:ff9b::/96", // NAT64, RFC 6052
  "64:ff9b:1::/48", // local NAT64, RFC 8215
  "100::/64", // discard, RFC 6666
  "2001::/32", // Teredo, RFC 4380
  "2001:10::/28", // ORCHID, RFC 4843
  "2001:20::/28", // ORCHIDv2, RFC 7343
  "2001:db8::/32", // documentation, RFC 3849
  "2002::/16", // 6to4, RFC 3056
  "3fff::/20", // documentation, RFC 9637
  "fc00::/7", // unique local, RFC 4193 (and OnionCat fd87:d87e:eb43::/48)
  "fe80::/10", // link local, RFC 4291
  "fec0::/10", // site local, RFC 3879
  "ff00::/8", // multicast, RFC 4291
].map(prefix);

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(prefix);

function within(octets: Uint8Array, { octets: base, bits }: Prefix): boolean {
  if (octets.length !== base.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (octets[i] !== base[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (octets[whole]! ^ base[whole]!) >> (8 - rest) === 0;
}

/** True where the address is one that peers of this scope can really have. Overlay names are always public. */
export function isRoutable(address: PeerAddress, scope: AddressScope): boolean {
  const octets = hostOctets(address);
  if (octets === undefined || address.family === "cjdns") return scope === "public";
  if (scope === "loopback") return LOOPBACK.some((range) => within(octets, range));
  return !UNROUTABLE.some((range) => within(octets, range));
}
