import { describe, expect, it } from "vitest";
import { ListingError, MAX_LISTED_NETWORKS, parseNetworkList, type ListedNetwork } from "./listing.ts";
import { DEVNET } from "./networks/devnet.ts";
import { ZoneSchema } from "./zone.ts";
import * as v from "valibot";

const zone = v.parse(ZoneSchema, { name: "a.example.", network: DEVNET, nameservers: ["ns.example."], contact: "host.example." });
const listed: ListedNetwork = {
  network: "devnet",
  zone: { ...zone, network: DEVNET },
  freshness: "absent",
  servable: 0,
  seq: null,
  generated: null,
  expires: null,
  age: null,
};

describe("parseNetworkList", () => {
  it("reads what an edge lists, and ignores members that it does not know", () => {
    expect(parseNetworkList({ networks: [{ ...listed, later: 1 }], later: 1 })).toEqual([listed]);
  });

  it("takes as many networks as the limit, and no more", () => {
    const networks = Array.from({ length: MAX_LISTED_NETWORKS }, () => listed);
    expect(parseNetworkList({ networks })).toHaveLength(MAX_LISTED_NETWORKS);
    expect(() => parseNetworkList({ networks: [...networks, listed] })).toThrow(ListingError);
  });

  it.each([null, [], {}, { networks: {} }, { networks: [{ ...listed, servable: -1 }] }, { networks: [{ ...listed, zone: "a" }] }])(
    "refuses %j",
    (value) => {
      expect(() => parseNetworkList(value)).toThrow(ListingError);
    },
  );
});
