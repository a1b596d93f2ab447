/** Hostile URLs for DNS over HTTPS as JSON: sound parameters, wrong ones, and URLs that are damaged. The same dice give the same requests. */
import type { RandomInt } from "../../workers/sampling/random.ts";
import { ACCEPTS, escaped, junk, pick, questionName, requestOf, TYPES, type HttpRequest } from "./http-fuzz.ts";

const LABELS = ["x9", "_peers", "x409._peers", "_tcp", "_devnet._tcp", "peer", "14000001.peer", "nothing", "a.b.x9", "*", "www"];
/** Types that have an answer somewhere in a zone, signed or not, and some that have none. */
const KNOWN_TYPES = ["A", "AAAA", "TXT", "SRV", "SOA", "NS", "DS", "RRSIG", "NSEC", "DNSKEY", "ANY", "HTTPS", "1", "28", "48"];
const FLAGS = ["0", "1", "1", "true", "false", ""];
const WRONG_FLAGS = ["TRUE", "yes", "2", "01", "%31", "1&1", "+1", "%00"];
const FORMS = [
  "application/dns-message",
  "application/dns-json",
  "application/json",
  "application%2Fdns-message",
  "text/html",
  "",
  ";",
  "APPLICATION/JSON",
];
/** Beyond ASCII: as UTF-8 in escapes, the same octets raw, and what is no UTF-8. */
const FOREIGN = ["ü", "пример", "例え", "\u{1f33b}", "\u0000", "\u202e", "\u00ad", "ﬀ", "İ", "。"];
const BROKEN_ESCAPES = ["%", "%2", "%zz", "%u00fc", "%c3", "%c3%28", "%ed%a0%80", "%f8%88%80%80%80", "%00", "%2500", "%5c", "%2e"];
/** What stands between characters of a URL with a meaning of its own, but for spaces, which end a request's target. */
const DELIMITERS = ["&", "=", "?", "#", "%", "+", ";", "/", "\\", "&&", "name=", "&type=", "&do=1", "{", "|", "^", "`"];

/** Longer than what is answered, shorter than what the runtime itself refuses. */
const MOST_CHARACTERS = 20_000;

const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Octets of which a text's characters are the codes, each as an escape, or only some. */
const escapedText = (text: string, random: RandomInt, always: boolean): string =>
  Array.from(text, (octet) => (always || random(4) === 0 ? `%${octet.charCodeAt(0).toString(16).padStart(2, "0")}` : octet)).join("");

/** Gives one request after the other. `apexes` are the zones', without the final dot. */
export function jsonFuzz(random: RandomInt, apexes: readonly string[]): () => HttpRequest {
  const name = (): string => {
    const apex = pick(random, apexes);
    return pick<() => string>(random, [
      () => apex,
      () => `${pick(random, LABELS)}.${apex}`,
      () => `${pick(random, LABELS)}.${apex}.`,
      () => escapedText(`${pick(random, LABELS)}.${apex}`, random, random(2) === 0),
      () => `${random(1_000_000)}.${apex}`,
      () => questionName(random, apex),
      () => `${escapedText(utf8(pick(random, FOREIGN)), random, true)}.${apex}`,
      () => `${utf8(pick(random, FOREIGN))}.${apex}`,
      () => `${pick(random, BROKEN_ESCAPES)}.${apex}`,
      () => "a".repeat(random(2) === 0 ? random(300) : 16_000 + random(1_000)),
    ])();
  };
  const type = (): string => pick(random, random(8) === 0 ? [pick(random, TYPES), escaped(random), junk(random)] : KNOWN_TYPES);
  const flag = (): string => pick(random, random(8) === 0 ? WRONG_FLAGS : FLAGS);
  const maybe = (parameter: string): readonly string[] => (random(3) === 0 ? [parameter] : []);
  const odd = (): string =>
    pick<() => string>(random, [
      () => `do=${flag()}`,
      () => `cd=${flag()}`,
      () => `ct=${pick(random, FORMS)}`,
      () => `name=${name()}`,
      () => `dns=${random(2) === 0 ? "AAABAAABAAAAAAAAAAABAAE" : junk(random)}`,
      () => `edns_client_subnet=${junk(random)}`,
      () => `random_padding=${"x".repeat(random(500))}`,
      () => `${escaped(random)}=${escaped(random)}`,
      () => pick(random, ["", "=", "type", "do", "Name=a", "n%61me=b", "TYPE=A", "__proto__=1"]),
    ])();
  const query = (): string => {
    const types = Array.from({ length: random(8) === 0 ? random(12) : random(3) }, () => `type=${type()}`);
    const known = [...maybe(`do=${flag()}`), ...maybe(`cd=${flag()}`), ...maybe(`ct=${pick(random, FORMS)}`)];
    const others = random(4) === 0 ? Array.from({ length: random(16) === 0 ? random(200) : random(4) }, odd) : [];
    const parameters = [...(random(16) === 0 ? [] : [`name=${name()}`]), ...types, ...known, ...others];
    // `name` first is a way of its own through the code; most other orders are as good as this one.
    return (random(4) === 0 ? parameters.toReversed() : parameters).join("&");
  };
  const damaged = (target: string): string => {
    const at = random(target.length + 1);
    return pick(random, [
      () => target.slice(0, at) + pick(random, DELIMITERS) + target.slice(at),
      () => target.slice(0, at) + target.slice(at + 1 + random(4)),
      () => target.slice(0, at) + String.fromCharCode(33 + random(94)) + target.slice(at + 1),
    ])();
  };
  return () => {
    const path = random(2) === 0 ? "/resolve?" : "/dns-query?";
    let asked = query();
    for (let times = random(3) > 0 ? 0 : random(4); times > 0; times--) asked = damaged(asked);
    const headers = random(2) === 0 ? [] : [`Accept: ${random(4) === 0 ? pick(random, ACCEPTS) : "application/dns-json"}`];
    // What the runtime takes for no URL stays rare: it refuses it before our code is asked.
    const whole = `${path}${random(32) === 0 ? asked : asked.replaceAll(/["<>]/g, "'")}`;
    return requestOf({ target: whole.replaceAll(/[\0-\x20\x7f]/g, "").slice(0, MOST_CHARACTERS), headers }, random);
  };
}
