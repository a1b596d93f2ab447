/** The options that say which certificate a node of ours shows on Chia's networks. */
import { Option } from "commander";
import { CertificateError, loadCertificate, type CertificateOptions } from "../crawler/net/chia/certificate.ts";
import { CHIA_AUTHORITY } from "../crawler/net/chia/authority.ts";
import { CliError, usageError } from "./errors.ts";

export interface ChiaCertificateOptions {
  readonly chiaCert?: string;
  readonly chiaKey?: string;
  readonly state?: string;
}

export const chiaCertificateOptions = (): readonly Option[] => [
  new Option("--chia-cert <file>", "certificate to show on Chia's networks, PEM; without one it is made").env("SEEDCAST_CHIA_CERT"),
  new Option("--chia-key <file>", "its private key, PEM").env("SEEDCAST_CHIA_KEY"),
];

/** What the options say, for `loadCertificate`. Throws `CliError` where one of the pair is missing. */
export function chooseCertificate({ chiaCert, chiaKey, state }: ChiaCertificateOptions): CertificateOptions {
  if (chiaCert !== undefined && chiaKey !== undefined) return { own: { certFile: chiaCert, keyFile: chiaKey } };
  if (chiaCert !== undefined || chiaKey !== undefined) throw usageError("--chia-cert and --chia-key go together");
  return state === undefined ? {} : { folder: state };
}

/** As `chooseCertificate`, but what is wrong with the user's own is said now, not at the first connection. Rejects with `CliError`. */
export async function checkedCertificate(options: ChiaCertificateOptions): Promise<CertificateOptions> {
  const chosen = chooseCertificate(options);
  if (chosen.own !== undefined) await usableCertificate(options);
  return chosen;
}

/** A certificate for a server of Chia's kind: the user's own, the one kept in `--state`, or a new one. Rejects with `CliError`. */
export async function usableCertificate(
  options: ChiaCertificateOptions,
): Promise<{ readonly certPem: string; readonly keyPem: string; readonly authorityPem: string }> {
  try {
    const { certPem, keyPem } = await loadCertificate(chooseCertificate(options));
    return { certPem, keyPem, authorityPem: CHIA_AUTHORITY.certPem };
  } catch (error) {
    if (error instanceof CertificateError) throw new CliError(error.message, { cause: error });
    throw error;
  }
}
