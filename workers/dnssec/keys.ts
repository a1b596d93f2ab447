/** Zones' DNSSEC keys as data with times: the secret from which a zone is signed, and the file from which the secret is put. */
import * as v from "valibot";
import { KEY_OCTETS } from "../../schema/key.ts";
import { DnsNameSchema } from "../../schema/zone.ts";

/** DNSSEC algorithm numbers (IANA): RFC 6605 and RFC 8080. */
export const ALGORITHM = { ecdsaP256: 13, ed25519: 15 } as const;

/** The most characters of the whole secret: Workers take 5 kB. Room for ten zones, or for four of which each is in a rollover. */
export const MAX_KEY_SETS_LENGTH = 5_000;
/** The most keys of a zone: two rollovers' worth and some not yet pruned. Bounds what a DNSKEY answer can grow to. */
export const MAX_ZONE_KEYS = 8;
/** The last time that a signature's fields can tell before they wrap (RFC 4034 §3.1.5). */
const MAX_TIME = 0xffff_ffff;

/** Whatever is wrong with zones' keys, and what to do about it. The message never carries any of a key. */
export class KeySetError extends Error {
  override name = "KeySetError";
}

const TimeSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_TIME));
const OctetsSchema = v.pipe(v.string(), v.regex(KEY_OCTETS));

const TIMES = {
  /** From when on it stands in the DNSKEY set; a key signing key signs that set for as long as it stands there. */
  publish: TimeSchema,
  /** From when on a zone signing key signs the zone's records; from when on a key signing key is announced to the parent by CDS and CDNSKEY. */
  activate: TimeSchema,
  /** Until when. */
  retire: v.exactOptional(TimeSchema),
  /** When it leaves the DNSKEY set. */
  remove: v.exactOptional(TimeSchema),
};

const RoleSchema = v.picklist(["ksk", "zsk"]);
export type Role = v.InferOutput<typeof RoleSchema>;

/** A private key, its members as in a JSON Web Key (RFC 7518 §6.2, RFC 8037 §2), and its times in Unix seconds. */
const ZoneKeySchema = v.variant("algorithm", [
  v.strictObject({
    role: RoleSchema,
    algorithm: v.literal(ALGORITHM.ecdsaP256),
    x: OctetsSchema,
    y: OctetsSchema,
    d: OctetsSchema,
    ...TIMES,
  }),
  v.strictObject({ role: RoleSchema, algorithm: v.literal(ALGORITHM.ed25519), x: OctetsSchema, d: OctetsSchema, ...TIMES }),
]);
export type ZoneKey = Readonly<v.InferOutput<typeof ZoneKeySchema>>;
export type Algorithm = ZoneKey["algorithm"];

const KeySetSchema = v.strictObject({
  zone: DnsNameSchema,
  keys: v.pipe(v.array(ZoneKeySchema), v.maxLength(MAX_ZONE_KEYS)),
});

const NamedSchema = v.object({ zone: DnsNameSchema });

/** The keys of one zone. */
export interface KeySet {
  /** The zone's apex, lower case, with a final dot. */
  readonly zone: string;
  /** None: the zone is unsigned on purpose. Where no set names a zone, nobody has said so. */
  readonly keys: readonly ZoneKey[];
}

/** Says that a zone is unsigned on purpose. */
export const unsignedSet = (zone: string): KeySet => ({ zone, keys: [] });

export const isUnsigned = ({ keys }: KeySet): boolean => keys.length === 0;

/** The secret read set by set, so that what is wrong with one zone's keys is no other's trouble. */
export interface KeyRing {
  /** By the zones that it names: their keys, or why these cannot be read. */
  readonly zones: ReadonlyMap<string, KeySet | KeySetError>;
  /** Why it may name more zones than these: a set that does not say whose it is, or a text that is no sets. */
  readonly unreadable: KeySetError | undefined;
}

/** Reads as much of the secret as there is to read. The errors name the member that is wrong but none of its value. */
export function readKeyRing(text: string): KeyRing {
  const list = readList(text);
  const zones = new Map<string, KeySet | KeySetError>();
  if (list instanceof KeySetError) return { zones, unreadable: list };
  let unreadable: KeySetError | undefined;
  list.forEach((each, i) => {
    const set = readKeySet(each, i);
    const named = v.safeParse(NamedSchema, each);
    if (named.success) {
      const { zone } = named.output;
      zones.set(zone, zones.has(zone) ? new KeySetError(`${zone} has two key sets: join them`) : set);
    } else if (set instanceof KeySetError) unreadable ??= set;
  });
  return { zones, unreadable };
}

/** Parses the secret. Throws `KeySetError`, which names the member that is wrong but none of its value. */
export function parseKeySets(text: string): readonly KeySet[] {
  const { zones, unreadable } = readKeyRing(text);
  if (unreadable !== undefined) throw unreadable;
  return Array.from(zones.values(), (set) => {
    if (set instanceof KeySetError) throw set;
    return set;
  });
}

function readList(text: string): readonly unknown[] | KeySetError {
  if (text.length > MAX_KEY_SETS_LENGTH)
    return new KeySetError(`keys are longer than ${MAX_KEY_SETS_LENGTH} characters: prune those past use`);
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : new KeySetError("keys: the whole is not as it should be");
  } catch {
    return new KeySetError("keys are not JSON");
  }
}

/** The set at place `i`, or why it is none. */
function readKeySet(value: unknown, i: number): KeySet | KeySetError {
  const result = v.safeParse(KeySetSchema, value, { abortEarly: true });
  if (!result.success) return new KeySetError(`keys: ${[i, ...placeOf(result.issues[0])].join(".")} is not as it should be`);
  const { zone, keys } = result.output;
  const confused = keys.find(isOutOfOrder);
  if (confused === undefined) return result.output;
  return new KeySetError(`${zone}: the times of a ${confused.role} are out of order: publish, activate, retire, remove`);
}

/** The text that `parseKeySets` takes, a line for each key. Throws `KeySetError` where that would be too long. */
export function formatKeySets(sets: readonly KeySet[]): string {
  const blocks = sets.map(({ zone, keys }) => {
    const lines = keys.map((key) => `\n${JSON.stringify(key)}`);
    return `{"zone":${JSON.stringify(zone)},"keys":[${lines.join(",")}${lines.length > 0 ? "\n" : ""}]}`;
  });
  const text = `[${blocks.join(",\n")}]\n`;
  if (text.length > MAX_KEY_SETS_LENGTH) {
    throw new KeySetError(
      `keys would be longer than the ${MAX_KEY_SETS_LENGTH} characters that a secret has room for: prune those past use`,
    );
  }
  return text;
}

const isOutOfOrder = ({ publish, activate, retire = MAX_TIME, remove = MAX_TIME }: ZoneKey): boolean =>
  publish > activate || activate > retire || retire > remove;

const MEMBERS = new Set<unknown>(["zone", "keys", "role", "algorithm", "x", "y", "d", ...Object.keys(TIMES)]);

/** Where in a set an issue is. Members that should not be there are not named: they might be anything. */
const placeOf = ({ path }: v.BaseIssue<unknown>): readonly string[] =>
  path?.map(({ key }) => (typeof key === "number" || MEMBERS.has(key) ? String(key) : "an unknown member")) ?? [];
