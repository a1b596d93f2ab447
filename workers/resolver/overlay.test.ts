import { base64urlnopad } from "@scure/base";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../schema/address.ts";
import type { PeerRow } from "../../schema/snapshot.ts";
import { createTestEdge } from "./test-edge.ts";
import { query, readReply, TYPES } from "./test-wire.ts";

/** 30 hosts of each overlay, and as many of IPv4 and IPv6 in ASes of their own. */
const letters = (i: number): string => `${"abcdefghijklmnopqrstuvwxyz234567"[i]}`.repeat(51);
const HOSTS: Readonly<Record<string, (i: number) => string>> = {
  onion: (i) => `${letters(i)}aaaaa.onion:28333`,
  i2p: (i) => `${letters(i)}a.b32.i2p:0`,
  cjdns: (i) => `[fc00::${(i + 1).toString(16)}]:28333`,
  ipv4: (i) => `20.${i}.0.1:28333`,
  ipv6: (i) => `[2a01:${(i + 1).toString(16)}::1]:28333`,
};
const OVERLAYS = ["onion", "i2p", "cjdns"];
const ROWS = Object.entries(HOSTS).flatMap(([family, host]) =>
  Array.from({ length: 30 }, (_, i): PeerRow => {
    const asn = OVERLAYS.includes(family) ? null : 64_000 + i + (family === "ipv6" ? 100 : 0);
    return [host(i), "9", 70_016, "/Seed:1.0/", asn, null];
  }),
);

const familyOf = (line: string): string => parseAddress(line).family;

describe("peers on overlay networks", async () => {
  const edge = await createTestEdge("overlay");
  const { text: snapshot } = await edge.publish({ peers: [...ROWS] });
  const lines = async (parameters: string): Promise<string[]> =>
    (await (await edge.fetch(`/v1/networks/overlay/peers?format=text&${parameters}`)).text()).trimEnd().split("\n");

  it("are in the snapshot, for every mirror", async () => {
    expect(await (await edge.fetch("/v1/networks/overlay/snapshot")).text()).toBe(snapshot);
    for (const family of OVERLAYS) expect(snapshot).toContain(HOSTS[family]!(0));
  });

  it.each(OVERLAYS)("are served to whoever asks for %s, and then nothing else", async (family) => {
    const drawn = await lines(`family=${family}&count=25`);
    expect(drawn).toHaveLength(25);
    expect(new Set(drawn.map(familyOf))).toEqual(new Set([family]));
    expect(new Set(await lines(`family=${family}&count=30`))).toEqual(
      new Set(ROWS.map(([text]) => text).filter((text) => familyOf(text) === family)),
    );
    const body: { peers: { address: string; port: number }[] } = await (
      await edge.fetch(`/v1/networks/overlay/peers?family=${family}&count=3`)
    ).json();
    for (const { address, port } of body.peers)
      expect(ROWS.map(([text]) => text)).toContain(`${family === "cjdns" ? `[${address}]` : address}:${port}`);
  });

  it("are two of each network at most in an answer to whoever asks for no family", async () => {
    for (let draw = 0; draw < 20; draw++) {
      const families = (await lines("count=25")).map(familyOf);
      expect(families).toHaveLength(25);
      for (const overlay of OVERLAYS) expect(families.filter((family) => family === overlay).length).toBeLessThanOrEqual(2);
    }
  });

  it("are in no A or AAAA record, which could not hold them, nor in /api/addrs, whose readers could not", async () => {
    for (const [type, prefix] of [
      ["A", [20]],
      ["AAAA", [0x2a, 0x01]],
    ] as const) {
      const path = `/dns-query?dns=${base64urlnopad.encode(query("overlay.seed.example.org", type))}`;
      const { answers } = readReply(new Uint8Array(await (await edge.fetch(path)).arrayBuffer()));
      expect(answers).toHaveLength(25);
      for (const answer of answers) {
        expect(answer.type).toBe(TYPES[type]);
        expect([...answer.data.subarray(0, prefix.length)]).toEqual(prefix);
      }
    }
    for (let draw = 0; draw < 20; draw++) {
      const body = await (await edge.fetch("/api/addrs", { headers: { host: "overlay.seed.example.org" } })).text();
      expect(body.trimEnd().split("\n")).toHaveLength(16);
      expect(body).not.toMatch(/onion|i2p|\[fc/);
    }
  });
});
