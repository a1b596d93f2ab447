import { describe, expect, it } from "vitest";
import { MESSAGE_VECTORS } from "../../test/support/bitcoin-vectors.ts";
import { parseAddress } from "../address.ts";
import { isRoutable } from "../routable.ts";
import { findNetwork, NETWORKS, parseNetwork } from "./index.ts";

/** Fields that say who a network is, not what we learned about it. */
const OWN_FIELDS = new Set(["name", "title", "scope", "sources"]);

/** Networks that are known to share a magic: regtests inherited Core's. */
const SHARED_MAGIC = new Set(["bitcoin-regtest", "litecoin-regtest"]);

const bitcoinFamily = NETWORKS.flatMap(({ name, port, wire }) => (wire.family === "bitcoin" ? [{ name, port, wire }] : []));

describe.each(NETWORKS)("$name", (network) => {
  it("is what a parameter file may say", () => {
    expect(parseNetwork(JSON.parse(JSON.stringify(network)))).toEqual(network);
    expect(findNetwork(network.name)).toBe(network);
  });

  it("names the source of every value, and of nothing else", () => {
    const fields = Object.keys(network).filter((field) => !OWN_FIELDS.has(field));
    expect(Object.keys(network.sources).sort()).toEqual(fields.sort());
    for (const source of Object.values(network.sources)) expect(source.length).toBeGreaterThan(3);
  });

  it("starts from addresses that its scope allows", () => {
    for (const seed of network.fixedSeeds) expect(isRoutable(parseAddress(seed), network.scope)).toBe(true);
    for (const name of [...network.dnsSeeds, ...(network.httpsSeeds ?? [])]) expect(name).toMatch(/^([a-z0-9-]+\.)+[a-z]+$/);
  });

  it("does not call its own port foreign, and offers the services that it needs", () => {
    expect(network.foreignPorts).not.toContain(network.port);
    if (network.services !== "0") expect(network.serviceLabels).toContain(network.services);
    expect(new Set(network.serviceLabels).size).toBe(network.serviceLabels.length);
  });
});

it("names each network once", () => {
  expect(new Set(NETWORKS.map(({ name }) => name)).size).toBe(NETWORKS.length);
  expect(findNetwork("gopher")).toBeUndefined();
});

it("gives each network its own magic or id, the known exceptions apart", () => {
  const marks = NETWORKS.filter(({ name }) => !SHARED_MAGIC.has(name)).map(({ wire }) => ("magic" in wire ? wire.magic : wire.networkId));
  expect(new Set(marks).size).toBe(marks.length);
  for (const name of SHARED_MAGIC) expect(findNetwork(name)?.wire).toMatchObject({ magic: "fabfb5da" });
});

// The vectors were made apart from these files: where both name a network, they must agree.
it.each(MESSAGE_VECTORS.filter(({ name }) => findNetwork(name.replace("version_", "")) !== undefined))(
  "$name agrees with the vector",
  ({ name, decoded }) => {
    const network = bitcoinFamily.find((each) => each.name === name.replace("version_", ""));
    expect(network?.wire.magic).toBe(decoded.magic);
    expect(network?.wire.protocolVersion).toBe(decoded.version);
    expect(network?.port).toBe(decoded.addr_recv?.[2]);
  },
);

it("asks no peer for more than we state ourselves", () => {
  for (const { wire, minVersion } of NETWORKS) if ("magic" in wire) expect(minVersion).toBeLessThanOrEqual(wire.protocolVersion);
});
