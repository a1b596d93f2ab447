/** For tests: the examples of RFC 6605 §6.1 and of RFC 8080 §6.1, this one with its signatures as erratum 4935 has them. */
import { base64, base64urlnopad } from "@scure/base";
import { ALGORITHM, type ZoneKey } from "./keys.ts";

interface KeyVector {
  readonly source: string;
  readonly owner: string;
  readonly key: ZoneKey;
  /** In presentation form. */
  readonly dnskey: string;
  readonly tag: number;
  readonly ds: string;
}

const TIMES = { role: "ksk", publish: 0, activate: 0 } as const;
/** Base64 as in the RFCs to base64url as in a JSON Web Key. */
const part = (text: string, start = 0, end?: number): string => base64urlnopad.encode(base64.decode(text).subarray(start, end));

const P256_PUBLIC = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
const ED25519_PUBLIC_1 = "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
const ED25519_PUBLIC_2 = "zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=";

export const RFC_KEYS: readonly KeyVector[] = [
  {
    source: "RFC 6605 §6.1",
    owner: "example.net.",
    key: {
      ...TIMES,
      algorithm: ALGORITHM.ecdsaP256,
      x: part(P256_PUBLIC, 0, 32),
      y: part(P256_PUBLIC, 32),
      d: part("GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ="),
    },
    dnskey: `257 3 13 ${P256_PUBLIC}`,
    tag: 55_648,
    ds: "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
  },
  {
    source: "RFC 8080 §6.1, first",
    owner: "example.com.",
    key: { ...TIMES, algorithm: ALGORITHM.ed25519, x: part(ED25519_PUBLIC_1), d: part("ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=") },
    dnskey: `257 3 15 ${ED25519_PUBLIC_1}`,
    tag: 3_613,
    ds: "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
  },
  {
    source: "RFC 8080 §6.1, second",
    owner: "example.com.",
    key: { ...TIMES, algorithm: ALGORITHM.ed25519, x: part(ED25519_PUBLIC_2), d: part("DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=") },
    dnskey: `257 3 15 ${ED25519_PUBLIC_2}`,
    tag: 35_217,
    ds: "35217 15 2 401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c",
  },
];

/** The signature of RFC 6605 over `www.example.net. 3600 IN A 192.0.2.1`. ECDSA's are different each time: this one is to be verified. */
export const RFC_6605_SIGNATURE = "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==";

/** The signatures of RFC 8080 over `example.com. 3600 IN MX 10 mail.example.com.` by its two keys. */
export const RFC_8080_SIGNATURES = [
  "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
  "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
];
