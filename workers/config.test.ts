import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "./config.ts";

const KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

const zone = (name: string, network = "navio", nameservers = ["ns1.example.net."]) => ({
  name,
  network,
  nameservers,
  contact: "host.example.org.",
});

const parse = (...zones: readonly object[]) => parseConfig({ ZONES: zones, SNAPSHOT_PUBLIC_KEYS: [KEY], OPERATOR_PUBLIC_KEYS: [] });

describe("parseConfig", () => {
  it("takes zones side by side, and one directly below another", () => {
    const names = ["navio.example.org.", "bitcoin.example.org.", "litecoin.navio.example.org."];
    const { served } = parse(zone(names[0]!), zone(names[1]!, "bitcoin"), zone(names[2]!, "litecoin"));
    expect(served.map((each) => each.zone.name)).toEqual(names);
    expect(served.map(({ network }) => network.name)).toEqual(["navio", "bitcoin", "litecoin"]);
  });

  it.each<[string, RegExp, readonly object[]]>([
    ["no zone", /^ZONES/, []],
    ["a field that is wrong", /^ZONES\.0\.ttl/, [{ ...zone("a.example."), ttl: 1 }]],
    ["an unknown network", /unknown network/, [zone("a.example.", "nowhere")]],
    ["a network twice", /twice/, [zone("a.example."), zone("b.example.")]],
    ["a zone twice", /twice/, [zone("a.example."), zone("a.example.", "bitcoin")]],
    [
      "a name server in its zone",
      /ns1\.a\.example\. of a\.example\. lies in a\.example\./,
      [zone("a.example.", "navio", ["ns1.a.example."])],
    ],
    ["a name server that is its zone", /lies in a\.example\./, [zone("a.example.", "navio", ["a.example."])]],
    [
      "a name server in another zone",
      /lies in b\.example\./,
      [zone("a.example.", "navio", ["ns.b.example."]), zone("b.example.", "bitcoin")],
    ],
    ["a zone deep in another", /not directly below/, [zone("c.b.a.example."), zone("a.example.", "bitcoin")]],
    ["a zone in place of a service label", /name of its own/, [zone("x9.a.example."), zone("a.example.", "bitcoin")]],
    ["a zone where hosts have theirs", /name of its own/, [zone("peer.a.example."), zone("a.example.", "bitcoin")]],
    ["a zone that leaves no room for its hosts' names", /2 characters too long/, [zone(`${"a.".repeat(108)}b.`)]],
  ])("refuses %s", (_what, message, zones) => {
    expect(() => parse(...zones)).toThrow(ConfigError);
    expect(() => parse(...zones)).toThrow(message);
  });

  it("takes the longest zone that leaves room for its hosts' names", () => {
    const name = "a.".repeat(108);
    expect(parse(zone(name)).served[0]?.zone.name).toBe(name);
  });

  it("refuses keys that are none", () => {
    for (const name of ["SNAPSHOT_PUBLIC_KEYS", "OPERATOR_PUBLIC_KEYS"]) {
      const variables = { ZONES: [zone("a.example.")], SNAPSHOT_PUBLIC_KEYS: [KEY], OPERATOR_PUBLIC_KEYS: [KEY] };
      expect(() => parseConfig({ ...variables, [name]: [`${KEY.slice(0, -1)}p`] })).toThrow(new RegExp(`^${name}`));
      expect(() => parseConfig({ ...variables, [name]: undefined })).toThrow(new RegExp(`^${name}`));
    }
  });
});
