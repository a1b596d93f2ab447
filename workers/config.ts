/** The deployment's configuration, parsed and checked once an isolate from the Worker's variables. */
import * as v from "valibot";
import { PublicKeySchema } from "../schema/key.ts";
import type { Network } from "../schema/network.ts";
import { findNetwork } from "../schema/networks/index.ts";
import { MAX_NAME_OCTETS } from "./dns/name.ts";
import { longestName, takenLabels } from "./dns/tree.ts";
import { findEnclosing, ZoneSchema, type Zone } from "../schema/zone.ts";

const VariablesSchema = v.object({
  ZONES: v.pipe(v.array(ZoneSchema), v.minLength(1)),
  SNAPSHOT_PUBLIC_KEYS: v.array(PublicKeySchema),
  OPERATOR_PUBLIC_KEYS: v.array(PublicKeySchema),
});

/** One network as this edge serves it: its parameters, and the zone with the policy. */
export interface ServedNetwork {
  readonly network: Network;
  readonly zone: Zone;
}

export interface Config {
  readonly served: readonly ServedNetwork[];
  readonly snapshotKeys: readonly string[];
  readonly operatorKeys: readonly string[];
}

/** Variables that do not describe a deployment; the message names the variable. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Parses the Worker's variables. Throws `ConfigError` for a bad value, an unknown network, or zones that get in each other's way. */
export function parseConfig(variables: unknown): Config {
  const result = v.safeParse(VariablesSchema, variables);
  if (!result.success) {
    const issue = result.issues[0];
    throw new ConfigError(`${v.getDotPath(issue) ?? "variables"}: ${issue.message}`);
  }
  const { ZONES, SNAPSHOT_PUBLIC_KEYS, OPERATOR_PUBLIC_KEYS } = result.output;
  const served = ZONES.map((zone) => {
    const network = typeof zone.network === "string" ? findNetwork(zone.network) : zone.network;
    if (network === undefined) throw new ConfigError(`ZONES: ${zone.name} names an unknown network; pass its parameters instead`);
    return { network, zone };
  });
  for (const key of [(each: ServedNetwork) => each.network.name, (each: ServedNetwork) => each.zone.name]) {
    if (new Set(served.map(key)).size < served.length) throw new ConfigError("ZONES: a network or zone stands twice");
  }
  checkZones(served);
  return { served, snapshotKeys: SNAPSHOT_PUBLIC_KEYS, operatorKeys: OPERATOR_PUBLIC_KEYS };
}

/**
 * A zone serves peers' addresses and nothing else. So no name server may have its name there, for it would have no address; and another
 * zone may lie in it only as a new name directly below, or its name would be denied (RFC 8020), or taken away from the service label.
 */
function checkZones(served: readonly ServedNetwork[]): void {
  const byApex = new Map(served.map((each) => [each.zone.name, each]));
  for (const { zone, network } of served) {
    const excess = longestName(zone, network) - MAX_NAME_OCTETS;
    if (excess > 0) throw new ConfigError(`ZONES: ${zone.name} is ${excess} characters too long for the names below it`);
    for (const server of zone.nameservers) {
      const around = findEnclosing(byApex, server)?.zone.name;
      if (around !== undefined)
        throw new ConfigError(`ZONES: name server ${server} of ${zone.name} lies in ${around}, which has no address for it`);
    }
    const [label = ""] = zone.name.split(".");
    const outer = findEnclosing(byApex, zone.name.slice(label.length + 1));
    if (outer === undefined) continue;
    const direct = zone.name === `${label}.${outer.zone.name}`;
    if (!direct) throw new ConfigError(`ZONES: ${zone.name} lies in ${outer.zone.name}, but not directly below it`);
    if (takenLabels(outer.network).includes(label)) {
      throw new ConfigError(`ZONES: ${zone.name} is a name of its own in ${outer.zone.name}`);
    }
  }
}

const parsed = new WeakMap<object, Config>();

/** The configuration of this isolate; parsed at the first call. */
export function configOf(env: object): Config {
  let config = parsed.get(env);
  if (config === undefined) parsed.set(env, (config = parseConfig(env)));
  return config;
}
