import { describe, expect, it } from "vitest";
import { formatAddress } from "../schema/address.ts";
import { CliError } from "./errors.ts";
import { isPeerName, resolvePeers, type Lookup } from "./peer-names.ts";

const ask: Lookup = (host) =>
  host === "seed.example.org"
    ? Promise.resolve([{ address: "192.0.2.7" }, { address: "2001:db8::7" }, { address: "::ffff:192.0.2.8" }])
    : Promise.reject(new Error("ENOTFOUND"));

describe("peers by name", () => {
  it.each([
    ["seed.example.org:8333", true],
    ["seed.example.org.:8333", true],
    ["localhost:28333", true],
    ["192.0.2.7:8333", false],
    ["192.0.2:8333", false],
    ["[2001:db8::7]:8333", false],
    [`${"a".repeat(56)}.onion:8333`, false],
    ["seed.example.org", false],
    ["a b.example:1", false],
  ])("tells names from addresses: %s", (text, named) => {
    expect(isPeerName(text)).toBe(named);
  });

  it("resolves names to all their addresses, once each, and passes addresses on", async () => {
    const peers = await resolvePeers(["seed.example.org.:8333", "192.0.2.7:8333", "192.0.2.7:8334"], ask);
    expect(peers.map(formatAddress)).toEqual(["192.0.2.7:8333", "[2001:db8::7]:8333", "192.0.2.8:8333", "192.0.2.7:8334"]);
  });

  it("says which name does not resolve", async () => {
    await expect(resolvePeers(["nobody.example.org:8333"], ask)).rejects.toThrow(CliError);
    await expect(resolvePeers(["nobody.example.org:8333"], ask)).rejects.toThrow("--peer nobody.example.org:8333");
  });
});
