/** Ed25519 key pairs in files, as private JWKs (RFC 8037 §2): a vantage's, an operator's, a snapshot signer's. */
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { parsePrivateKey, PrivateKeyError, signerOf, type Signer } from "../../schema/private-key.ts";

/** A key that cannot be read, made or kept; the message never quotes any of its text. */
export class KeyFileError extends Error {
  override name = "KeyFileError";
}

/** The longest key text accepted, in characters; a JWK with every optional member is under 1,000. */
export const MAX_KEY_LENGTH = 8_192;

/** A new pair as the text of a private JWK: one line, for a file or for `wrangler secret put`. */
export function generateKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { kty, crv, x, d } = privateKey.export({ format: "jwk" });
  return JSON.stringify({ kty, crv, x, d });
}

/** The signer of a private JWK's text. Rejects with `KeyFileError` where it is no Ed25519 pair, or its halves do not belong together. */
export async function readKey(text: string): Promise<Signer> {
  if (text.length > MAX_KEY_LENGTH) throw new KeyFileError("too long for a key");
  try {
    return await signerOf(parsePrivateKey(text), webcrypto.subtle);
  } catch (error) {
    if (error instanceof PrivateKeyError) throw new KeyFileError(error.message);
    throw error;
  }
}

/** The signer of a key file. Rejects with `KeyFileError` naming the file where it is missing, unreadable or no key. */
export async function readKeyFile(file: string): Promise<Signer> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new KeyFileError(`${file}: ${fileProblem(error)}`);
  }
  try {
    return await readKey(text);
  } catch (error) {
    throw error instanceof KeyFileError ? new KeyFileError(`${file}: ${error.message}`) : error;
  }
}

/** Writes a private JWK's text to a new file that only its owner can read. Never overwrites: rejects with `KeyFileError` where the file exists. */
export async function writeKeyFile(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new KeyFileError(`${file}: ${fileProblem(error)}`);
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EEXIST: "exists already; a key is never overwritten",
  EISDIR: "is a folder",
  ENOTDIR: "no such folder",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

function fileProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return FILE_PROBLEMS[code] ?? `cannot be read or written (${code})`;
}
