/** TLS as Chia's nodes speak it: version 1.3, both sides with a certificate under the public authority, host names unchecked (chia/server/server.py). */
import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { DialError } from "../dial.ts";
import type { ChiaCertificate } from "./certificate.ts";
import { runStage, type StageOptions } from "./stage.ts";

/** The connection ended; the peer said nothing about TLS. */
const CLOSED: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"]);

/** OpenSSL's words for octets that are no TLS at all. */
const NO_TLS: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_DATA_LENGTH_TOO_LONG",
  "ERR_SSL_UNEXPECTED_MESSAGE",
  "ERR_SSL_BAD_RECORD_TYPE",
]);

/** What an error of a TLS connection says about the peer. */
export function tlsError(error: NodeJS.ErrnoException): DialError {
  const code = error.code ?? "unknown";
  if (CLOSED.has(code)) return new DialError("closed", "the peer hung up during the TLS handshake");
  if (NO_TLS.has(code)) return new DialError("malformed", `no TLS: ${code}`);
  return new DialError("tls-failed", `TLS: ${code}`);
}

/** True for the errors by which Node reports that a peer refused us by a TLS alert, which may come after the handshake (RFC 8446 §4.4.2.4). */
export const isTlsAlert = ({ code }: NodeJS.ErrnoException): boolean => code?.startsWith("ERR_SSL_") === true;

/**
 * Opens TLS over a connected socket. The result carries an `error` listener. Throws `DialError`: `tls-failed` where the peer has no TLS 1.3 or no valid
 * certificate under Chia's authority, `self` where its certificate is ours; and as `runStage`.
 */
export async function openTls(socket: Socket, { context, fingerprint }: ChiaCertificate, options: StageOptions): Promise<TLSSocket> {
  if (socket.destroyed) throw new DialError("closed", "the peer hung up before TLS");
  const secure = await runStage<TLSSocket>(options, (succeed, fail) => {
    const tls = connect({ socket, secureContext: context, servername: "", checkServerIdentity: () => undefined, rejectUnauthorized: true });
    Object.defineProperty(tls, "getPeerCertificate", { value: noCertificate });
    const onSecure = (): void => succeed(tls);
    const onError = (error: NodeJS.ErrnoException): void => fail(tlsError(error));
    const onClose = (): void => fail(new DialError("closed", "the peer hung up during the TLS handshake"));
    tls.on("error", ignore); // stays: what ends a connection shows as `close`, and an error nobody listens to would end the process
    tls.once("secureConnect", onSecure).once("error", onError).once("close", onClose);
    return () => void tls.off("secureConnect", onSecure).off("error", onError).off("close", onClose);
  });
  if (secure.getPeerX509Certificate()?.fingerprint256 === fingerprint) throw new DialError("self", "the certificate is ours");
  return secure;
}

const ignore = (): void => {};

/**
 * When OpenSSL has verified the peer's certificates, Node reads them once more, into objects for `checkServerIdentity` alone, which ignores them here.
 * That would take an eighth of a probe's time.
 */
const noCertificate = (): object => ({});
