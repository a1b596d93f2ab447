/** Makes certificates with @peculiar/x509. The library is loaded when the first is made: most crawls need none. */
import { webcrypto } from "node:crypto";

/** Whom a certificate is for and who signs it. */
export interface Issue {
  /** Distinguished names as RFC 4514 writes them. */
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly signingKey: webcrypto.CryptoKey;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The DNS name that a leaf is for; an authority has none. */
  readonly dnsName?: string;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** A new RSA key of 2,048 bits, as Chia's nodes have. */
export const newRsaKey = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey({ ...RSA, modulusLength: 2_048, publicExponent: Uint8Array.of(1, 0, 1) }, true, ["sign", "verify"]);

/** An RSA key from PEM (PKCS #8). Rejects for anything else. */
export const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey("pkcs8", Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64"), RSA, false, ["sign"]);

/** A private key as PEM (PKCS #8). */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}(?=.)/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

/** A signed certificate as PEM, with a random serial number. */
export async function issueCertificate({ publicKey, signingKey, dnsName, ...names }: Issue): Promise<string> {
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } = await importX509();
  const certificate = await X509CertificateGenerator.create({
    ...names,
    publicKey,
    signingKey,
    signingAlgorithm: RSA,
    extensions: [
      dnsName === undefined
        ? new BasicConstraintsExtension(true, undefined, true)
        : new SubjectAlternativeNameExtension([{ type: "dns", value: dnsName }]),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

async function importX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata"); // a container inside the library refuses to load without it
  return import("@peculiar/x509");
}
