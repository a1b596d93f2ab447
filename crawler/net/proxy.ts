/** Which SOCKS5 proxy to go through, as people and service files write it. */

/** A SOCKS5 proxy (RFC 1928). Never print one: `proxyName` is for that. */
export interface Proxy {
  /** A host name or a literal address, without brackets. It is our own machine's resolver that resolves it. */
  readonly host: string;
  readonly port: number;
  /** What to log in with (RFC 1929); 1 to 255 octets each. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** A text that names no proxy. The message never repeats the text: it may hold a password. */
export class ProxyFormatError extends Error {
  override name = "ProxyFormatError";
}

/** RFC 1929 §2: the lengths of both fields have one octet. */
const MAX_CREDENTIAL_OCTETS = 255;

const EXPECTED = "expected host:port or socks5://user:password@host:port";

/** Parses `host:port` or `socks5://[user:password@]host:port` (`socks5h` is the same: names always go to the proxy). Throws `ProxyFormatError`. */
export function parseProxy(text: string): Proxy {
  const url = URL.parse(text.includes("://") ? text : `socks5://${text}`);
  if (url === null || !["socks5:", "socks5h:"].includes(url.protocol)) throw new ProxyFormatError(EXPECTED);
  const { hostname, username, password } = url;
  const port = Number(url.port);
  if (hostname === "" || !(port > 0) || !["", "/"].includes(url.pathname) || url.search + url.hash !== "")
    throw new ProxyFormatError(EXPECTED);
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (username === "" && password === "") return { host, port };
  return { host, port, credentials: { username: credential(username), password: credential(password) } };
}

function credential(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    throw new ProxyFormatError("the user name or password has a stray %");
  }
  const octets = Buffer.byteLength(text);
  if (octets < 1 || octets > MAX_CREDENTIAL_OCTETS) {
    throw new ProxyFormatError(`a user name and a password of 1 to ${MAX_CREDENTIAL_OCTETS} octets each go together`);
  }
  return text;
}

/** The proxy in messages: `host:port`, without credentials. */
export const proxyName = ({ host, port }: Proxy): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
