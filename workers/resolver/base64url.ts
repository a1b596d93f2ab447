/** Base64url without padding (RFC 4648 §5), as RFC 8484 §4.1 has it. */

// Standardised and in workerd, but not yet in the types of the library this project compiles against (lib es2024).
declare global {
  interface Uint8ArrayConstructor {
    fromBase64(text: string, options: { readonly alphabet: "base64url"; readonly lastChunkHandling: "loose" }): Uint8Array<ArrayBuffer>;
  }
}

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/** The octets, or undefined for padding, white space, the characters of plain base64, or a length that no octets have. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1 || !ALPHABET.test(text)) return undefined;
  return Uint8Array.fromBase64(text, { alphabet: "base64url", lastChunkHandling: "loose" });
}
