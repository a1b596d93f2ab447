/** For the tests: hostile requests to the authenticated API, made from sound ones. The same dice make the same of the same. */
import type { RandomInt } from "../sampling/random.ts";

/** A request in parts, so that each can be damaged. */
export interface Parts {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export const pick = <T>(random: RandomInt, list: readonly T[]): T => list[random(list.length)]!;

const ORIGIN = "https://seed.example.org";

/** A request's parts, with the body read. */
export async function partsOf(request: Request): Promise<Parts> {
  const { pathname, search } = new URL(request.url);
  const body = new Uint8Array(await request.clone().arrayBuffer());
  return { method: request.method, path: pathname + search, headers: Object.fromEntries(request.headers), body };
}

/** The request of these parts; a body only where the method may have one. */
export function requestOf({ method, path, headers, body }: Parts): Request {
  const bodiless = method === "GET" || method === "HEAD" || body.length === 0;
  return new Request(`${ORIGIN}${path}`, { method, headers, ...(bodiless ? {} : { body }) });
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];
const SIGNED_HEADERS = ["signature", "signature-input", "content-digest"];
const HEADERS = [
  ...SIGNED_HEADERS,
  "content-length",
  "content-type",
  "content-encoding",
  "transfer-encoding",
  "accept",
  "host",
  "x-http-method-override",
];

/** What means something in structured fields, JSON or paths, and the ends of ranges. */
const TOKENS = [
  '"',
  "\\",
  "(",
  ")",
  ";",
  ",",
  "=",
  ":",
  "::",
  "?1",
  "@1800000000",
  '%"%c3%28"',
  ":AA==:",
  "*",
  "/",
  "?",
  "&",
  "..",
  "%00",
  "%ff",
  "%2f",
  " ",
  "\t",
  "sig",
  "sig2=",
  "created",
  ";created=",
  ";expires=1",
  ';alg="rsa-v1_5-sha256"',
  ';tag="x"',
  ";nonce",
  '"@method"',
  '"@path"',
  '"content-digest";req',
  "sha-512=:AA==:",
  "0",
  "-0",
  "-1",
  "1.5",
  "1e3",
  "999999999999999",
  "1000000000000000",
  "9007199254740993",
  "null",
  "true",
  "{}",
  "[]",
  "[",
  "{",
  "\u00fc",
  "\u00ff",
];

const junk = (random: RandomInt): string =>
  String.fromCharCode(...Array.from({ length: random(random(8) === 0 ? 2_000 : 20) }, () => 32 + random(224)));

/** A text damaged once: a character, a piece, or a token that means something. */
export function damaged(text: string, random: RandomInt): string {
  const at = random(text.length + 1);
  return pick<() => string>(random, [
    () => text.slice(0, at) + String.fromCharCode(32 + random(224)) + text.slice(at + 1),
    () => text.slice(0, at) + pick(random, TOKENS) + text.slice(at),
    () => text.slice(0, at) + text.slice(at + 1 + random(12)),
    () => text.slice(0, at),
    () => `${text}, ${text}`,
    () => text.replace(/\d+/, () => pick(random, ["0", "-1", "1.5", "99999999999999999999", String(random(2 ** 31))])),
    () => text.toUpperCase(),
    () => "",
    () => junk(random),
  ])();
}

/** What a header can hold. */
const headerText = (text: string): string => text.replaceAll(/[^\t\x20-\x7e]/g, "").trim();

const withHeader = (parts: Parts, name: string, value: string | undefined): Parts => {
  const { [name]: _old, ...headers } = parts.headers;
  return { ...parts, headers: value === undefined ? headers : { ...headers, [name]: headerText(value) } };
};

/** A request damaged once, in whichever part. `paths` are places of the API where it could go instead. */
export function tampered(parts: Parts, random: RandomInt, paths: readonly string[]): Parts {
  return pick<() => Parts>(random, [
    () => ({ ...parts, method: pick(random, METHODS) }),
    () => ({ ...parts, path: `/${damaged(parts.path, random).replace(/^\/+/, "")}` }),
    () => ({ ...parts, path: pick(random, paths) }),
    () => ({ ...parts, body: damagedOctets(parts.body, random) }),
    () => ({ ...parts, body: new Uint8Array(random(100)).map(() => random(256)) }),
    () => withHeader(parts, pick(random, SIGNED_HEADERS), undefined),
    () => withHeader(parts, pick(random, HEADERS), random(2) === 0 ? junk(random) : pick(random, TOKENS)),
    ...SIGNED_HEADERS.flatMap((name) => {
      const change = (): Parts => withHeader(parts, name, damaged(parts.headers[name] ?? "", random));
      return [change, change];
    }),
  ])();
}

export function damagedOctets(octets: Uint8Array<ArrayBuffer>, random: RandomInt): Uint8Array<ArrayBuffer> {
  const at = random(octets.length + 1);
  const tail = octets.subarray(at + random(3));
  return Uint8Array.from([...octets.subarray(0, at), ...Array.from({ length: random(3) }, () => random(256)), ...tail]);
}

/** Values that a contract does not expect, or only somewhere else. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  4_294_967_296,
  "",
  "0",
  "x".repeat(5_000),
  "\0",
  "\ud800",
  "\u202e",
  "1'; drop table reports; --",
  "%",
  "_",
  [],
  {},
  [[]],
  [null],
  { constructor: 1 },
  "0".repeat(32),
  "f".repeat(32),
  "8.8.8.8:8333",
  "8.8.8.8:08333",
  "[::ffff:8.8.8.8]:8333",
  "[2A00::1]:8333",
  "10.0.0.1:8333",
  "a.onion:8333",
  "8.8.8.8",
  "8.8.8.8:0",
  "8.8.8.8:65536",
  "good",
  "lapsed",
  "gone",
  "__proto__",
];

/** Another value of the same kind, which a contract may well take. */
function similar(value: unknown, random: RandomInt): unknown {
  if (typeof value === "number") return pick(random, [value + 1, value - 1, 0, 1, random(1_000), random(2 ** 32)]);
  if (typeof value !== "string") return value;
  return pick(random, [
    "good",
    "lapsed",
    "gone",
    `8.8.${random(256)}.8:8333`,
    "10.0.0.1:8333",
    "8.8.8.8:08333",
    "0",
    "9",
    "f".repeat(32),
    `/${value}/`,
  ]);
}

/** A JSON value changed in one place: a member replaced, removed, added or doubled. */
export function changed(value: unknown, random: RandomInt): unknown {
  if (typeof value !== "object" || value === null) return random(3) === 0 ? pick(random, VALUES) : similar(value, random);
  if (random(8) === 0) return pick(random, VALUES);
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    const at = random(list.length + 1);
    if (at === list.length) return [...list, list.length === 0 || random(2) === 0 ? pick(random, VALUES) : list[0]];
    return random(4) === 0 ? list.toSpliced(at, 1) : list.with(at, changed(list[at], random));
  }
  const members = Object.entries(value);
  const at = random(members.length + 1);
  const member = members[at];
  if (member === undefined)
    return { ...value, [pick(random, ["extra", "full", "reason", "asn", "country", "uptime", "coordinates"])]: pick(random, VALUES) };
  const [key, old] = member;
  return Object.fromEntries(random(4) === 0 ? members.toSpliced(at, 1) : members.with(at, [key, changed(old, random)]));
}
