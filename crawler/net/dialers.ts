/** Which way to peers of each family, by what proxies there are. */
import type { AddressFamily } from "../../schema/address.ts";
import { directDialer, DialError, type Dialer } from "./dial.ts";
import type { Proxy } from "./proxy.ts";
import { socksDialer } from "./socks.ts";

/** What there is besides the internet. All of it is optional; without any, IPv4 and IPv6 are dialled directly and nothing else at all. */
export interface Ways {
  /** Everything but I2P goes through this proxy and nothing past it. As with Core's -proxy, it is taken for a Tor proxy where there is no other. */
  readonly proxy?: Proxy;
  /** Onion services are dialled through this one. */
  readonly torProxy?: Proxy;
  /** I2P destinations are dialled through this one, an I2P router's SOCKS port, at the port of their address: 0, by which a router means any. */
  readonly i2pProxy?: Proxy;
  /** This machine, or the one of `proxy`, has an interface into CJDNS (fc00::/8). Without this such an address may be anybody's private one. */
  readonly cjdns?: boolean;
}

/** The dialer over these ways; families without one are not among its `families`, so a crawl neither keeps nor reports their addresses. */
export function createDialer({ proxy, torProxy, i2pProxy, cjdns = false }: Ways): Dialer {
  const general = proxy === undefined ? undefined : socksDialer({ proxy, families: ["ipv4", "ipv6", "cjdns", "onion"], isolate: true });
  const tor = torProxy === undefined ? general : socksDialer({ proxy: torProxy, families: ["onion"], isolate: true });
  const i2p = i2pProxy === undefined ? undefined : socksDialer({ proxy: i2pProxy, families: ["i2p"], isolate: false });
  const internet = general ?? directDialer;
  const ways: readonly (readonly [AddressFamily, Dialer | undefined])[] = [
    ["ipv4", internet],
    ["ipv6", internet],
    ["onion", tor],
    ["i2p", i2p],
    ["cjdns", cjdns ? internet : undefined],
  ];
  const routes = new Map(ways.flatMap(([family, dialer]) => (dialer === undefined ? [] : [[family, dialer] as const])));
  const all = new Set(routes.values());
  return {
    families: new Set(routes.keys()),
    dial: (address, options) =>
      routes.get(address.family)?.dial(address, options) ?? Promise.reject(new DialError("unreachable", "no way there")),
    ...(general === undefined ? {} : { dialName: general.dialName }),
    trouble: () => [...all].flatMap((dialer) => dialer.trouble?.() ?? []).join("; ") || undefined,
  };
}
