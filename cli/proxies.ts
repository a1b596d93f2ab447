/** The options that say through which proxies a crawl goes. Their values may hold passwords, so no message repeats one. */
import { Option } from "commander";
import { createDialer, type Ways } from "../crawler/net/dialers.ts";
import type { Dialer } from "../crawler/net/dial.ts";
import { parseProxy, ProxyFormatError, type Proxy } from "../crawler/net/proxy.ts";
import { usageError } from "./errors.ts";

export interface ProxyOptions {
  readonly proxy?: string;
  readonly torProxy?: string;
  readonly i2pProxy?: string;
  readonly cjdns?: true;
}

/** The options themselves, for a command. They are parsed by `chooseDialer`: commander would repeat what it refuses, password and all. */
export const proxyOptions = (): readonly Option[] => [
  new Option(
    "--proxy <url>",
    "SOCKS5 proxy for the whole crawl: socks5://[user:password@]host:port; no name is resolved here (reports to an edge go past it)",
  ).env("SEEDCAST_PROXY"),
  new Option("--tor-proxy <host:port>", "Tor's SOCKS port: dial onion services through it").env("SEEDCAST_TOR_PROXY"),
  new Option("--i2p-proxy <host:port>", "an I2P router's SOCKS port: dial I2P destinations through it").env("SEEDCAST_I2P_PROXY"),
  new Option("--cjdns", "dial CJDNS addresses: this machine, or that of --proxy, has an interface there").env("SEEDCAST_CJDNS"),
];

/** The dialer that the options make; undefined where there are none of them. Throws `CliError` for one that names no proxy. */
export function chooseDialer({ proxy, torProxy, i2pProxy, cjdns }: ProxyOptions): Dialer | undefined {
  const ways: Ways = {
    ...(proxy !== undefined && { proxy: read("--proxy", proxy) }),
    ...(torProxy !== undefined && { torProxy: read("--tor-proxy", torProxy) }),
    ...(i2pProxy !== undefined && { i2pProxy: read("--i2p-proxy", i2pProxy) }),
    ...(cjdns === true && { cjdns }),
  };
  return Object.keys(ways).length === 0 ? undefined : createDialer(ways);
}

function read(option: string, text: string): Proxy {
  try {
    return parseProxy(text);
  } catch (error) {
    if (error instanceof ProxyFormatError) throw usageError(`${option}: ${error.message}`);
    throw error;
  }
}
