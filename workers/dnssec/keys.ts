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
  keys: v.pipe(v.array(ZoneKeySchema), v.minLength(1), v.maxLength(MAX_ZONE_KEYS)),
});

/** The keys of one zone. */
export interface KeySet {
  /** The zone's apex, lower case, with a final dot. */
  readonly zone: string;
  readonly keys: readonly ZoneKey[];
}

/** Parses the secret. Throws `KeySetError`, which names the member that is wrong but none of its value. */
export function parseKeySets(text: string): readonly KeySet[] {
  if (text.length > MAX_KEY_SETS_LENGTH)
    throw new KeySetError(`keys are longer than ${MAX_KEY_SETS_LENGTH} characters: prune those past use`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeySetError("keys are not JSON");
  }
  const result = v.safeParse(v.array(KeySetSchema), value, { abortEarly: true });
  if (!result.success) throw new KeySetError(`keys: ${placeOf(result.issues[0])} is not as it should be`);
  const sets = result.output;
  sets.forEach(({ zone, keys }, i) => {
    if (sets.findIndex((other) => other.zone === zone) !== i) throw new KeySetError(`${zone} has two key sets: join them`);
    for (const key of keys) checkTimes(zone, key);
  });
  return sets;
}

/** The text that `parseKeySets` takes, a line for each key. Throws `KeySetError` where that would be too long. */
export function formatKeySets(sets: readonly KeySet[]): string {
  const blocks = sets.map(({ zone, keys }) => {
    const lines = keys.map((key) => JSON.stringify(key));
    return `{"zone":${JSON.stringify(zone)},"keys":[\n${lines.join(",\n")}\n]}`;
  });
  const text = `[${blocks.join(",\n")}]\n`;
  if (text.length > MAX_KEY_SETS_LENGTH) {
    throw new KeySetError(
      `keys would be longer than the ${MAX_KEY_SETS_LENGTH} characters that a secret has room for: prune those past use`,
    );
  }
  return text;
}

function checkTimes(zone: string, { role, publish, activate, retire = MAX_TIME, remove = MAX_TIME }: ZoneKey): void {
  if (publish > activate || activate > retire || retire > remove) {
    throw new KeySetError(`${zone}: the times of a ${role} are out of order: publish, activate, retire, remove`);
  }
}

const MEMBERS = new Set<unknown>(["zone", "keys", "role", "algorithm", "x", "y", "d", ...Object.keys(TIMES)]);

/** Where an issue is. Members that should not be there are not named: they might be anything. */
function placeOf({ path }: v.BaseIssue<unknown>): string {
  if (path === undefined) return "the whole";
  return path.map(({ key }) => (typeof key === "number" || MEMBERS.has(key) ? String(key) : "an unknown member")).join(".");
}
