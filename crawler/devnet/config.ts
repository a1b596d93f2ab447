/** What a devnet is made of. Every field has a default; a file or flag may give any of them. */
import * as v from "valibot";
import { IpFormatError } from "../../schema/ip.ts";
import { parsePrefix, PrefixError } from "./prefix.ts";
import { PRESET_NAMES, PRESETS } from "./presets.ts";

/** Most addresses of one devnet: what a process holds in some 100 MB. */
export const MAX_DEVNET_NODES = 200_000;

/** Most ports beside the default one, in each family: each is a listener. */
export const MAX_ODD_PORTS = 64;

/** Most addresses of a devnet in the `ports` layout, where each is a listener. */
export const MAX_PORT_NODES = 2_000;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const integer = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const milliseconds = integer(0, 3_600_000);

/** True where the shares leave nothing below zero to the group's first kind; sums of decimals are a little off. */
const fits = (shares: Readonly<Record<string, number>>): boolean => Object.values(shares).reduce((a, b) => a + b, 0) <= 1 + 1e-9;
const TOO_MUCH = "the shares add up to more than 1";

/** In an object of shares, a kind that is not named has none. */
const some = v.optional(share, 0);

const HabitsSchema = v.pipe(
  v.strictObject({ slow: some, legacy: some, announcer: some, liar: some, flooder: some, churner: some }),
  v.check((shares) => fits(shares), TOO_MUCH),
);

const FaultsSchema = v.pipe(
  v.strictObject({
    absent: some,
    silent: some,
    "wrong-magic": some,
    "old-version": some,
    "missing-services": some,
    stuck: some,
    dripper: some,
    garbage: some,
  }),
  v.check((shares) => fits(shares), TOO_MUCH),
);

const prefix = v.pipe(
  v.string(),
  v.check((text) => isPrefix(text), "expected a prefix of whole octets, as 127.0.0.0/8"),
);

const ConfigSchema = v.pipe(
  v.strictObject({
    /** Fields to begin with: see `PRESETS`. */
    preset: v.optional(v.picklist(PRESET_NAMES)),
    /** The same seed and fields make the same devnet. */
    seed: v.optional(integer(0, 0xffff_ffff), 1),
    /** Addresses in all, dead ones included. */
    nodes: v.optional(integer(1, MAX_DEVNET_NODES), 300),
    /** Share of the addresses at which an honest node can be reached. */
    alive: v.optional(share, 0.6),
    /** Shares among the alive, by `ALIVE`'s words; the rest are `faithful`. */
    habits: v.optional(HabitsSchema, { slow: 0.03, legacy: 0.02, announcer: 0.05, liar: 0.01, flooder: 0.01, churner: 0.08 }),
    /** Shares among the others, by `FAULTY`'s words; the rest are `dead`. */
    faults: v.optional(FaultsSchema, {
      absent: 0.2,
      silent: 0.08,
      "wrong-magic": 0.08,
      "old-version": 0.08,
      "missing-services": 0.06,
      stuck: 0.1,
      dripper: 0.04,
      garbage: 0.04,
    }),
    /**
     * Faithful IPv4 nodes on the default port from which a crawl starts and reaches every address; the first has the family's first address.
     * The first IPv6 address, where there is one, is one more.
     */
    entries: v.optional(integer(1, 100), 3),
    /** How many addresses each node knows. It tells 23 % of them, at most 1000, as Core does. */
    known: v.optional(integer(0, MAX_DEVNET_NODES), 4_000),
    /** Addresses that do not exist, of which all liars tell. */
    lies: v.optional(integer(0, 10_000), 100),
    /** Ports beside the default one on which IPv4 nodes listen … */
    oddPorts: v.optional(integer(0, MAX_ODD_PORTS), 1),
    /** … and the share of the IPv4 nodes that do. */
    oddPortShare: v.optional(share, 0.03),
    /** Nodes on `::1`: one on the default port, up to `MAX_ODD_PORTS` more on a port each; or as many as this in `ipv6Prefix`. */
    ipv6: v.optional(integer(0, MAX_DEVNET_NODES), 4),
    /** Where IPv4 nodes live. Another than 127.0.0.0/8 must be made local first (`ip route add local … dev lo`), best in a network namespace. */
    ipv4Prefix: v.optional(prefix, "127.0.0.0/8"),
    /** Where IPv6 nodes live instead of `::1`, all on the default port. Needs a public `ipv4Prefix`: a network has one scope. */
    ipv6Prefix: v.optional(prefix),
    /** `spread`: an address a node. `ports`: 127.0.0.1 with a port a node. `auto`: the first, or the second where 127.0.0.0/8 is not wholly local. */
    layout: v.optional(v.picklist(["auto", "spread", "ports"]), "auto"),
    /** The chain's height when the devnet starts … */
    startHeight: v.optional(integer(0, 0x4000_0000), 100_000),
    /** … and the seconds from block to block. */
    blockSeconds: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(86_400)), 30),
    /** How long a slow node thinks about every message, in milliseconds. */
    slowMs: v.optional(milliseconds, 2_000),
    /** How long after its announcement an announcer answers getaddr, in milliseconds. */
    announceMs: v.optional(milliseconds, 2_000),
    /** Mean of a legacy node's exponential timer, in milliseconds. */
    legacyMeanMs: v.optional(milliseconds, 30_000),
    /** Milliseconds from octet to octet of a dripper. */
    dripMs: v.optional(v.pipe(milliseconds, v.minValue(1)), 1_000),
    /** How often a churner comes and goes, in seconds … */
    churnSeconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)), 600),
    /** … and the share of that time for which it is there. */
    churnUptime: v.optional(share, 0.6),
  }),
  v.forward(
    v.check(({ ipv4Prefix }) => !ipv4Prefix.includes(":"), "expected an IPv4 prefix"),
    ["ipv4Prefix"],
  ),
  v.forward(
    v.check(({ ipv6Prefix }) => ipv6Prefix === undefined || ipv6Prefix.includes(":"), "expected an IPv6 prefix"),
    ["ipv6Prefix"],
  ),
  v.forward(
    v.check(({ ipv4Prefix, ipv6Prefix }) => ipv6Prefix === undefined || !isLoopback(ipv4Prefix), "needs an ipv4Prefix outside 127.0.0.0/8"),
    ["ipv6Prefix"],
  ),
);

/** A whole configuration, defaults filled in. */
export type DevnetConfig = Readonly<v.InferOutput<typeof ConfigSchema>>;
/** A configuration as people write it. */
export type DevnetConfigInput = Readonly<v.InferInput<typeof ConfigSchema>>;

/** A configuration that makes no devnet; the message names the field. */
export class DevnetConfigError extends Error {
  override name = "DevnetConfigError";
}

/** Checks a configuration and fills in its preset's fields and the defaults. Throws `DevnetConfigError` naming the first bad field. */
export function parseDevnetConfig(value: unknown): DevnetConfig {
  const named = v.safeParse(v.object({ preset: v.picklist(PRESET_NAMES) }), value);
  const preset = named.success ? PRESETS[named.output.preset] : {};
  const result = v.safeParse(ConfigSchema, typeof value === "object" && value !== null ? { ...preset, ...value } : value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new DevnetConfigError(`devnet: ${v.getDotPath(issue) ?? "configuration"}: ${issue.message}`);
}

/** True where the devnet's IPv4 nodes live in 127.0.0.0/8. */
export const isLoopback = (ipv4Prefix: string): boolean => ipv4Prefix.startsWith("127.");

function isPrefix(text: string): boolean {
  try {
    parsePrefix(text);
    return true;
  } catch (error) {
    if (error instanceof PrefixError || error instanceof IpFormatError) return false;
    throw error;
  }
}
