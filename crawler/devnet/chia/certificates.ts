/** A certificate for each of the devnet's Chia nodes, made while somebody waits at the door. */
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { CHIA_AUTHORITY } from "../../net/chia/authority.ts";
import { loadCertificate } from "../../net/chia/certificate.ts";

/** Octets before the part of a certificate that is signed, and before the contents of that: SEQUENCE with a length in two octets (X.690 §8.1). */
const HEADER = 4;

/** Those of a signature by an RSA key of 2,048 bits: the end of a certificate. */
const SIGNATURE = 256;

/**
 * Makes a certificate with its key by number, the same for the same number. They differ in their serial numbers only; each is signed anew, which takes a
 * millisecond, while a key for each would take a hundred times that.
 */
export async function certificates(): Promise<(number: number) => SecureContext> {
  const { certPem, keyPem } = await loadCertificate();
  const { raw: template, serialNumber } = new X509Certificate(certPem);
  const authorityKey = createPrivateKey(CHIA_AUTHORITY.keyPem); // read once: that takes as long as signing
  const serial = Buffer.from(serialNumber, "hex");
  const serialEnd = template.indexOf(serial) + serial.length;
  const signedEnd = 2 * HEADER + template.readUInt16BE(2 * HEADER - 2);
  return (number) => {
    const certificate = Buffer.from(template);
    certificate.writeUInt32BE(number, serialEnd - 4);
    sign("sha256", certificate.subarray(HEADER, signedEnd), authorityKey).copy(certificate, certificate.length - SIGNATURE);
    const cert = `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`;
    return createSecureContext({ ca: CHIA_AUTHORITY.certPem, cert, key: keyPem, minVersion: "TLSv1.3" });
  };
}
