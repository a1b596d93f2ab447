/** TLS to a named host through a proxy: what an HTTPS request needs where nothing may go past the proxy. */
import { isIP } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Dialer, DialOptions } from "./dial.ts";

/**
 * TLS over a connection that the proxy makes to `host`, which the proxy resolves: `https.request(url, { createConnection: () => socket })`. The
 * certificate is checked for `host`; a wrong one ends the request, not this. Rejects as `dialName` does. Whoever gets the socket destroys it.
 */
export async function dialTls(
  dialName: NonNullable<Dialer["dialName"]>,
  host: string,
  port: number,
  options: DialOptions,
  tls: Pick<ConnectionOptions, "ca"> = {},
): Promise<TLSSocket> {
  const socket = await dialName(host, port, options);
  return connect({ ...tls, socket, host, ...(isIP(host) === 0 && { servername: host }) });
}
