/** What a validator is asked of the signed zone, and what it must find: everything is secure, but for the child zone, which is provably not signed. */
import type { Node } from "../../workers/dns/tree.ts";
import { APEX, NAMES, NETWORK, ODD_PEER, RARE } from "./judged-zone.ts";

export interface Judgement {
  readonly name: string;
  readonly type: string;
  readonly found: "records" | "no data" | "no name";
  readonly secure: boolean;
}

/** The service bits that the judged network's peers have. */
const SERVICES = { usual: "409", rare: RARE.services } as const;

const has = (services: string, wanted: string): boolean => {
  const mask = BigInt(`0x${wanted}`);
  return (BigInt(`0x${services}`) & mask) === mask;
};

/** RRSIG, which is everywhere too, is not asked for: delv gets to no end with it, whoever answers, BIND's own server included. */
const EVERYWHERE = ["HINFO", "NSEC", "ANY"];

/** The types at a name that are signed. Of what is at the cut the child is asked, but for DS, which is not there. */
function typesAt(node: Node): readonly string[] {
  switch (node.kind) {
    case "apex":
      return ["SOA", "NS", "A", "AAAA", "DNSKEY", "CDS", "CDNSKEY", ...EVERYWHERE];
    case "addresses":
      return [...(Object.values(SERVICES).some((services) => has(services, node.services)) ? ["A", "AAAA"] : []), ...EVERYWHERE];
    case "texts":
      return [...(node.services === undefined || has(SERVICES.usual, node.services) ? ["TXT"] : []), ...EVERYWHERE];
    case "services":
      return ["SRV", ...EVERYWHERE];
    case "cut":
    case "empty":
    case "host":
      break;
  }
  return [];
}

/** Types that some names have, that validators ask for on their way, and that nobody has. */
const ASKED_TYPES = ["A", "TXT", "SRV", "DS", "TYPE65280"] as const;

const secure = (name: string, type: string, found: Judgement["found"]): Judgement => ({ name, type, found, secure: true });
const insecure = (name: string, type: string, found: Judgement["found"]): Judgement => ({ name, type, found, secure: false });

const EXISTING = Array.from(NAMES, ([name, node]) => ({ name, node }));

const present = EXISTING.flatMap(({ name, node }) => typesAt(node).map((type) => secure(name, type, "records")));

/** Of the apex's DS the parent is asked, of everything but DS below the cut the child. */
const absent = EXISTING.filter(({ node }) => node.kind !== "cut").flatMap(({ name, node }) =>
  ASKED_TYPES.filter((type) => !typesAt(node).includes(type) && !(type === "DS" && node.kind === "apex")).map((type) =>
    secure(name, type, "no data"),
  ),
);

/** The first names after each in canonical order (RFC 4034 §6.1): below it, and beside it. */
const successors = EXISTING.flatMap(({ name, node }) => {
  const [under, beside] = [`\\000.${name}`, name.replace(".", "\\000.")];
  const names = node.kind === "apex" ? [under] : node.kind === "cut" ? [beside] : [under, beside];
  return names.map((successor) => secure(successor, "A", "no name"));
});

const below = (...names: readonly string[]): readonly Judgement[] => names.map((name) => secure(`${name}.${APEX}`, "A", "no name"));

const denied: readonly Judgement[] = [
  // Below the apex: anywhere, and after the last name of all.
  ...below("nothing", "0", "a.b.c.d.e", "x", "x0", "x2", "xff", "zzz", "~", "\\255\\255"),
  // Below names that exist, below those that exist for others' sake, and below none that does.
  ...below(`nothing.${RARE.label}`, `a.b.${RARE.label}`, "nothing._peers", "a.b.xd._peers", `nothing._${NETWORK.name}._tcp`),
  ...below("nothing._tcp", "_nobody._tcp", `_zzz._tcp`, `a.b._tcp`),
  // No wildcard, by its own name (RFC 4592 §2.1.1) or by what it would have stood for.
  ...below("*", "*.*", "*.x9", "*._tcp", "*._peers", "nothing.*"),
  // Case and octets that master files escape.
  ...below("NoThInG", "A\\.B\\(\\255", "\\*", "x9\\.", "\\@\\;\\\\", "-", "\\032"),
  ...below("a".repeat(63), `${"a".repeat(229 - 3 * 64)}.${"a".repeat(63)}.${"a".repeat(63)}.${"a".repeat(63)}`),
  secure(`nothing.${APEX.toUpperCase()}`, "AAAA", "no name"),
  secure(`nothing.${APEX}`, "DS", "no name"),
  secure(`_ta-4f66.${APEX}`, "NULL", "no name"),
];

const CUT = `peer.${APEX}`;

const others: readonly Judgement[] = [
  secure("X448.jUdGeD.SeEd.ExAmPlE.oRg", "A", "records"),
  secure(`_TCP.${APEX}`, "A", "no data"),
  secure(CUT, "DS", "no data"),
  insecure(CUT, "NS", "records"),
  insecure(CUT, "SOA", "records"),
  insecure(CUT, "A", "no data"),
  insecure(`${ODD_PEER.host}.${CUT}`, "A", "records"),
  insecure(`${ODD_PEER.host}.${CUT}`, "ANY", "records"),
  insecure(`${ODD_PEER.host}.${CUT}`, "AAAA", "no data"),
  insecure(`7f000001.${CUT}`, "A", "no name"),
  insecure(`nothing.${CUT}`, "A", "no name"),
  insecure(`nothing.${CUT}`, "DS", "no name"),
];

/** One of each kind: names that have the same records are denied and signed alike. */
export const SHORT_BATTERY: readonly Judgement[] = [
  ...[...present, ...absent].filter(({ name }) =>
    [APEX, `${RARE.label}.${APEX}`, `_${NETWORK.name}._tcp.${APEX}`, `_tcp.${APEX}`].includes(name),
  ),
  ...denied,
  ...others,
];

export const VALIDATION_BATTERY: readonly Judgement[] = [...present, ...absent, ...successors, ...denied, ...others];
