/** What carries Chia's protocol: TLS with certificates on both sides, and a WebSocket in it. */
import type { Carrier } from "../channel.ts";
import { DialAborted } from "../dial.ts";
import type { ChiaCertificate } from "./certificate.ts";
import { openTls } from "./tls.ts";
import { openWebSocket } from "./web-socket.ts";

/**
 * A carrier that shows the certificate that `source` gives, which is asked at the first connection. It runs on any connected socket, a proxy's too. Beside
 * what every carrier throws, it throws what the source does: without a certificate nobody can be reached.
 */
export function chiaCarrier(source: () => Promise<ChiaCertificate>): Carrier {
  return async (socket, { address, timeoutMs, signal }) => {
    try {
      const certificate = await source();
      if (signal.aborted) throw new DialAborted();
      const end = performance.now() + timeoutMs;
      const left = (): number => Math.max(0, end - performance.now());
      const tls = await openTls(socket, certificate, { timeoutMs: left(), signal, name: "TLS" });
      return await openWebSocket(tls, address, { timeoutMs: left(), signal, name: "WebSocket" });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}
