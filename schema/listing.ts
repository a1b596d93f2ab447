/** `GET /v1/networks`: what an edge serves, complete enough to run a name server from it alone. */
import * as v from "valibot";
import { NetworkNameSchema, NetworkSchema } from "./network.ts";
import { ZoneSchema } from "./zone.ts";

const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One network of the listing. Members that a reader does not know are ignored. */
export const ListedNetworkSchema = v.object({
  network: NetworkNameSchema,
  /** The zone as configured, defaults filled in, with the network's parameters in place of its name. */
  zone: v.object({ ...ZoneSchema.entries, network: v.object(NetworkSchema.entries) }),
  freshness: v.picklist(["fresh", "stale", "expired", "absent"]),
  /** Servable peers in the snapshot held; 0 where none is. */
  servable: CountSchema,
  /** The held snapshot's number and times (Unix seconds); null where none is held. */
  seq: v.nullable(CountSchema),
  generated: v.nullable(CountSchema),
  expires: v.nullable(CountSchema),
  /** Seconds since `generated`. */
  age: v.nullable(v.number()),
});
export type ListedNetwork = v.InferOutput<typeof ListedNetworkSchema>;

/** The most networks one edge may list to a reader. */
export const MAX_LISTED_NETWORKS = 1_000;

export const NetworkListSchema = v.object({ networks: v.pipe(v.array(ListedNetworkSchema), v.maxLength(MAX_LISTED_NETWORKS)) });
export type NetworkList = v.InferOutput<typeof NetworkListSchema>;

/** A listing that cannot be read; the message names the field. */
export class ListingError extends Error {
  override name = "ListingError";
}

/** Checks a parsed listing. Throws `ListingError` naming the first bad field. */
export function parseNetworkList(value: unknown): readonly ListedNetwork[] {
  const result = v.safeParse(NetworkListSchema, value);
  if (result.success) return result.output.networks;
  const issue = result.issues[0];
  throw new ListingError(`network list: ${v.getDotPath(issue) ?? "document"}: ${issue.message}`);
}
