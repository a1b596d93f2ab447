/** Hostile HTTP requests to an edge: sound HTTP/1.1 around nonsense, and HTTP that is broken itself. The same dice give the same requests. */
import type { RandomInt } from "../../workers/sampling/random.ts";

/** A request as octets. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly octets: Buffer;
}

interface Parts {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: Uint8Array;
  /** True to send the body in chunks, of unknown length. */
  readonly chunked?: boolean;
}

const DNS_MESSAGE = "application/dns-message";

/** A request of these parts as octets; characters beyond Latin-1 it cannot have. */
export function requestOf({ method = "GET", target, headers = [], body, chunked = false }: Parts, random: RandomInt): HttpRequest {
  const framing = body === undefined ? [] : [chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`];
  const head = Buffer.from([`${method} ${target} HTTP/1.1`, "Host: edge.test", ...headers, ...framing, "", ""].join("\r\n"), "latin1");
  const octets = body === undefined ? head : Buffer.concat([head, chunked ? inChunks(body, random) : body]);
  return { method, target, octets };
}

function inChunks(body: Uint8Array, random: RandomInt): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const size = 1 + random(random(4) === 0 ? 8 : body.length);
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
    at += size;
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}

/** A wire query by GET. */
export const wireGet = (query: Uint8Array): Buffer =>
  Buffer.from(`GET /dns-query?dns=${base64url(query)} HTTP/1.1\r\nHost: edge.test\r\n\r\n`, "latin1");

/** A wire query by POST, its length announced or not. */
export const wirePost = (query: Uint8Array, random: RandomInt): Buffer =>
  requestOf(
    { method: "POST", target: "/dns-query", headers: [`Content-Type: ${DNS_MESSAGE}`], body: query, chunked: random(16) === 0 },
    random,
  ).octets;

const base64url = (octets: Uint8Array): string => Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64url");

export const pick = <T>(random: RandomInt, list: readonly T[]): T => list[random(list.length)]!;

/** Visible ASCII: what a request line can carry. */
export const junk = (random: RandomInt): string =>
  String.fromCharCode(...Array.from({ length: random(random(8) === 0 ? 300 : 30) }, () => 33 + random(94)));

/** Any octets, percent-encoded: sound escapes, UTF-8 or not. */
export const escaped = (random: RandomInt): string =>
  Array.from({ length: random(20) }, () => `%${random(256).toString(16).padStart(2, "0")}`).join("");

export const ACCEPTS: readonly string[] = [
  "*/*",
  DNS_MESSAGE,
  "application/json",
  "application/dns-json",
  "text/html",
  "*/*;q=0",
  ";;,q=2,",
  "application/*;q=0.5",
  "a/b;".repeat(500),
];
const CONTENT_TYPES = [
  DNS_MESSAGE,
  "Application/DNS-Message; x=y",
  "text/plain",
  "",
  ";",
  "a/b/c",
  `${DNS_MESSAGE}, text/plain`,
  "x".repeat(3_000),
];
const METHODS = ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "POST", "SEARCH"];
/** Types of JSON questions, right and wrong. */
export const TYPES: readonly string[] = [
  "A",
  "aaaa",
  "TXT",
  "SRV",
  "ANY",
  "28",
  "0",
  "65535",
  "65536",
  "-1",
  "1e3",
  "TYPE65280",
  "type1",
  "0x1",
  "+A",
  "NXNAME",
  "41",
  "252",
  "%00",
  "\\",
];

/** A name as JSON questions state it, right or wrong. */
export function questionName(random: RandomInt, apex: string): string {
  return pick<() => string>(random, [
    () => apex,
    () => `${apex}.`,
    () => apex.toUpperCase(),
    () => `_peers.${apex}`,
    () => `${junk(random)}.${apex}`,
    () => `${escaped(random)}.${apex}`,
    () => `\\${random(400)}.${apex}`,
    () => `${"a.".repeat(random(140))}${apex}`,
    () => `${"a".repeat(60 + random(8))}.${apex}`,
    () => `..${apex}`,
    () => "",
    () => ".",
    () => junk(random),
    () => escaped(random),
  ])().replaceAll(/[#\s]/g, "");
}

/**
 * Gives one request after the other: sound HTTP, and hardly any of it a question that can be answered. `query` gives messages to put
 * into them; `apex` is a zone's, without the final dot.
 */
export function httpFuzz(random: RandomInt, apex: string, query: () => Uint8Array): () => HttpRequest {
  const accept = (): string[] => (random(2) === 0 ? [] : [`Accept: ${pick(random, ACCEPTS)}`]);
  const dns = (): string => base64url(query());
  const json = (path: string): string => {
    const types = Array.from(
      { length: random(8) === 0 ? random(12) : 1 },
      () => `&type=${random(8) === 0 ? escaped(random) : pick(random, TYPES)}`,
    );
    return `${path}?name=${questionName(random, apex)}${types.join("")}${pick(random, ["", "", "&do=1", "&cd=true", "&ct=application/dns-message", "&name=b"])}`;
  };
  const targets: readonly (() => string)[] = [
    () => `/dns-query?dns=${dns()}=`,
    () => `/dns-query?dns=${dns()}&dns=${dns()}`,
    () => `/dns-query?dns=${dns()}&name=${apex}`,
    () => `/dns-query?dns=${pick(random, ["+", "/", "%2B", "%2F", "%20", "%00", "%ff", "A", "-_"])}${dns()}`,
    () => `/dns-query?dns=${junk(random)}`,
    () => `/dns-query?dns=${escaped(random)}`,
    () => `/dns-query?dns=${"A".repeat(16_000 + random(800))}`,
    () => `/dns-query?${junk(random)}`,
    () => `/dns-query${pick(random, ["", "?", "?dns", "?dns=", "?=", "?&&&", "/", "%00", "?DNS=AA"])}`,
    () => json("/resolve"),
    () => json("/resolve"),
    () => json("/dns-query"),
    () => `/resolve?${junk(random)}`,
    () => `/${junk(random)}`,
    () => `/${escaped(random)}`,
    () =>
      pick(random, [
        "//dns-query",
        "/%64ns-query?dns=AAAA",
        "/./resolve",
        "/../resolve",
        "/resolve/..",
        "*",
        "/dns-query/dns-query",
        "/RESOLVE",
        "/?",
        "/health",
        "/ready",
        "/metrics",
      ]),
    () => `/v1/networks/${pick(random, ["devnet", "nowhere", escaped(random), "__proto__", "constructor"])}`,
    () => `/v1/networks/devnet/${pick(random, ["peers", "snapshot", "snapshot.sig"])}?${junk(random)}`,
    () =>
      `/v1/networks/devnet/peers?count=${pick(random, ["1", "0", "-1", "1e2", "101", "%d9%a3", escaped(random)])}&format=${pick(random, ["text", "json", "x", ""])}`,
    () =>
      `/v1/networks/devnet/peers?family=${pick(random, ["ipv4", "ipv6", "onion", "x", escaped(random)])}&services=${pick(random, ["9", "g", "-1", "fffffffffffffffff"])}`,
    () => `/api/addrs?${junk(random)}`,
  ];
  const post = (): Parts => {
    const large = random(8) === 0;
    const body = large ? Buffer.concat([query(), Buffer.alloc(65_000 + random(1_000))]) : query();
    const headers = [...accept(), `Content-Type: ${random(2) === 0 ? DNS_MESSAGE : pick(random, CONTENT_TYPES)}`];
    return { method: "POST", target: random(4) === 0 ? pick(random, targets)() : "/dns-query", headers, body, chunked: random(2) === 0 };
  };
  const odd = (): Parts => {
    const method = pick(random, METHODS);
    const body = method === "HEAD" || method === "OPTIONS" || method === "TRACE" ? {} : { body: query().subarray(0, 200) };
    return { method, target: pick(random, targets)(), headers: accept(), ...body };
  };
  const strange = (): Parts => ({
    target: `/dns-query?dns=${dns()}`,
    headers: pick<() => string[]>(random, [
      () => Array.from({ length: 40 }, (_, i) => `X-${i}: ${junk(random)}`),
      () => [`X-Long: ${"y".repeat(6_000)}`],
      () => [`X-High: ${String.fromCharCode(128 + random(128))}`],
      () => [`Accept: ${pick(random, ACCEPTS)}`, `Accept: ${pick(random, ACCEPTS)}`],
      () => [`If-None-Match: ${junk(random)}`, `Range: bytes=${random(9)}-`, "Expect: nothing", "Accept-Encoding: br, gzip, *;q=0"],
      () => [`Origin: ${junk(random)}`, `Access-Control-Request-Method: ${junk(random)}`],
      () => [`CF-Connecting-IP: ${junk(random)}`, `X-Forwarded-For: ${junk(random)}`, "Cookie: a=b; =; ;"],
    ])(),
  });
  return () =>
    requestOf(
      pick<() => Parts>(random, [
        () => ({ target: pick(random, targets)(), headers: accept() }),
        () => ({ target: json("/resolve") }),
        post,
        odd,
        strange,
      ])(),
      random,
    );
}

const BREAKS: readonly ((request: Buffer, random: RandomInt) => Buffer)[] = [
  (request, random) => request.subarray(0, random(request.length)),
  (request, random) => {
    const copy = Buffer.from(request);
    for (let times = 1 + random(4); times > 0; times--) copy[random(copy.length)] = random(256);
    return copy;
  },
  (request, random) => {
    const at = random(request.length);
    return Buffer.concat([
      request.subarray(0, at),
      Buffer.from(pick(random, ["\r\n", "\n", "\0", " ", ":", "\r", "\xff"]), "latin1"),
      request.subarray(at),
    ]);
  },
  (request) => Buffer.from(request.toString("latin1").replace("HTTP/1.1", "HTTP/9.9"), "latin1"),
  (request) => Buffer.from(request.toString("latin1").replace("Host: edge.test\r\n", ""), "latin1"),
  (request, random) =>
    Buffer.from(
      request
        .toString("latin1")
        .replace(
          /Content-Length: \d+/,
          `Content-Length: ${pick(random, ["-1", "1e3", "99999999999999999999", "0x10", "5\r\nContent-Length: 6", "70000"])}`,
        ),
      "latin1",
    ),
  (request) => Buffer.from(request.toString("latin1").replace("Content-Length", "Transfer-Encoding: chunked\r\nContent-Length"), "latin1"),
  (request, random) =>
    Buffer.from(
      request.toString("latin1").replace(/(\r\n\r\n)[0-9a-f]+/, `$1${pick(random, ["zz", "-1", "ffffffffffffffffff", ""])}`),
      "latin1",
    ),
  (request, random) => Buffer.concat([Buffer.from(`GET /dns-query?dns=${"A".repeat(20_000 + random(200_000))} HTTP/1.1\r\n\r\n`), request]),
  (request, random) => Buffer.concat([Buffer.from(`GET / HTTP/1.1\r\n${"X: y\r\n".repeat(random(20_000))}\r\n`), request]),
  (_, random) => Buffer.from(Array.from({ length: random(300) }, () => random(256))),
];

/** A request that is damaged as HTTP. */
export const brokenHttp = (request: Buffer, random: RandomInt): Buffer => pick(random, BREAKS)(request, random);
