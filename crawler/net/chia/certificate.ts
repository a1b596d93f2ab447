/** The certificate by which we enter a network of Chia's: one a process, given by the user or made at the first need. */
import { randomUUID, X509Certificate } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { CHIA_AUTHORITY, type Authority } from "./authority.ts";
import { exportKey, importKey, issueCertificate, newRsaKey } from "./issue.ts";

export interface CertificateOptions {
  /** Under whom it and all peers' stand: Chia's unless given. */
  readonly authority?: Authority;
  /** PEM files of the user's own. Otherwise one is made. */
  readonly own?: { readonly certFile: string; readonly keyFile: string };
  /** A made one is kept here, so that a crawler started again is the same to its peers. Otherwise it ends with the process. */
  readonly folder?: string;
}

/** A certificate and key, ready for connections. */
export interface ChiaCertificate {
  /** TLS 1.3 only, peers under the authority only. */
  readonly context: SecureContext;
  /** SHA-256 of the certificate as Node writes fingerprints: what peers know us by. */
  readonly fingerprint: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** There is no certificate to be had; the message says what to do. */
export class CertificateError extends Error {
  override name = "CertificateError";
}

/** What a made one and its key are kept as. */
const FILE_NAME = "chia.pem";

/** As nodes' certificates (chia/ssl/create_ssl.py, generate_ca_signed_cert): from yesterday, as clocks differ. */
const SUBJECT = "CN=Chia, O=Chia, OU=Organic Farming Division";
const DNS_NAME = "chia.net";
const NOT_AFTER = new Date("2100-08-02T00:00:00Z");
const DAY_MS = 86_400_000;

/**
 * Key exchange, the first without a further round trip. OpenSSL's own list begins with a post-quantum one, which costs a tenth
 * of a probe's time: what peers tell everybody is no secret to be kept for decades.
 */
const GROUPS = "X25519:P-256:P-384:P-521";

/** Loads a certificate, or makes one. Throws `CertificateError`. */
export async function loadCertificate(options: CertificateOptions = {}): Promise<ChiaCertificate> {
  const { authority = CHIA_AUTHORITY, own, folder } = options;
  if (own !== undefined) return checked(authority, readText(own.certFile), readText(own.keyFile), own.certFile);
  if (folder === undefined) {
    const pem = await makePem(authority);
    return checked(authority, pem, pem, "the new certificate");
  }
  const file = join(folder, FILE_NAME);
  const pem = readKept(file) ?? keep(file, folder, await makePem(authority));
  return checked(authority, pem, pem, file);
}

/** A source that loads the certificate once, when it is first asked for. */
export function certificateSource(options: CertificateOptions = {}): () => Promise<ChiaCertificate> {
  let loading: Promise<ChiaCertificate> | undefined;
  return () => (loading ??= loadCertificate(options));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CertificateError(`${file}: cannot be read`, { cause: error });
  }
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw new CertificateError(`${file}: cannot be read`, { cause: error });
  }
}

/** Writes a made certificate. Of several processes that do so at once, all take the first. */
function keep(file: string, folder: string, pem: string): string {
  const draft = `${file}.${randomUUID()}`; // processes of two containers may have the same number
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, pem, { mode: 0o600 });
    linkSync(draft, file);
    return pem;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return readText(file);
    throw new CertificateError(`${file}: cannot be written`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A new certificate and its key in one text. */
async function makePem(authority: Authority): Promise<string> {
  const signingKey = await importKey(authority.keyPem);
  const { publicKey, privateKey } = await newRsaKey();
  const certPem = await issueCertificate({
    subject: SUBJECT,
    issuer: new X509Certificate(authority.certPem).subject.replaceAll("\n", ", "),
    publicKey,
    signingKey,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: NOT_AFTER,
    dnsName: DNS_NAME,
  });
  return certPem + (await exportKey(privateKey));
}

function checked({ certPem: authorityPem }: Authority, certPem: string, keyPem: string, name: string): ChiaCertificate {
  try {
    const certificate = new X509Certificate(certPem);
    if (!certificate.verify(new X509Certificate(authorityPem).publicKey))
      throw new CertificateError(`${name}: is not signed by the network's authority`);
    const context = createSecureContext({ ca: authorityPem, cert: certPem, key: keyPem, minVersion: "TLSv1.3", ecdhCurve: GROUPS });
    return { context, fingerprint: certificate.fingerprint256, certPem, keyPem };
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    throw new CertificateError(`${name}: is no certificate with its key`, { cause: error });
  }
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && "code" in error && error.code === code;
