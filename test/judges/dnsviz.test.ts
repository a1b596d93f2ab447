/** DNSViz finds nothing wrong with the signed zone, nor with how its server speaks EDNS, and finds the zone secure. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDnsdist } from "./dnsdist.ts";
import { dnsviz } from "./dnsviz.ts";
import { APEX, NETWORK, ODD_PEER, RARE } from "./judged-zone.ts";
import { startNghttpx } from "./nghttpx.ts";
import { startSignedSeed, type SignedSeed } from "./signed-seed.ts";
import { ofAddresses, SPOILS, startSpoiler } from "./spoiler.ts";

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

const relayed = async ({ edge }: SignedSeed): Promise<number> => (await startDnsdist(undo, await startNghttpx(undo, edge.url))).port;

const CUT = `peer.${APEX}`;
/** With names that are there for all, for some and for none, for others' sake, and not at all. */
const LABELS = [RARE.label, "xd", "_peers", "_tcp", `_${NETWORK.name}._tcp`, "nothing", "*", "a.b.x9", "_nobody._tcp"];
const SIGNED = [APEX, ...LABELS.map((label) => `${label}.${APEX}`)];
/** It does not know ANY, whose answer it takes for none, and of DS it asks a parent that is not here. */
const TYPES = ["A", "AAAA", "TXT", "SRV", "HINFO", "CDS", "CDNSKEY", "TYPE65280"];

describe.each([
  { algorithm: 13, way: "the name server", port: ({ nameserver }: SignedSeed) => Promise.resolve(nameserver.udpPort) },
  { algorithm: 15, way: "dnsdist before the edge", port: relayed },
] as const)("a zone signed by algorithm $algorithm, by way of $way", ({ algorithm, port }) => {
  let seed: SignedSeed;
  let server: number;

  beforeAll(async () => {
    seed = await startSignedSeed(undo, algorithm);
    server = await port(seed);
  }, 120_000);

  const diagnose = (names: readonly string[], statuses: boolean, at = server) =>
    dnsviz(undo, { port: at, anchor: seed.anchors.dnskey, names, types: TYPES, statuses });

  it("is secure and without fault", async () => {
    const { errors, warnings, statuses } = await diagnose(SIGNED, true);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    const names = new Set(Array.from(statuses.keys(), (place) => place.split("/")[1]));
    for (const name of SIGNED) expect(names).toContain(`${name}.`);
    expect(new Set(statuses.values())).toEqual(new Set(["NOERROR", "NXDOMAIN", "SECURE", "VALID"]));
  });

  it("has a child zone that is not signed, without fault", async () => {
    const { errors, warnings } = await diagnose([CUT, `${ODD_PEER.host}.${CUT}`, `7f000001.${CUT}`], false);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  });

  it("is found wrong where an address is changed on the way", async () => {
    const spoiler = await startSpoiler(undo, server, ofAddresses(SPOILS["an address"]));
    const { errors } = await diagnose([`${RARE.label}.${APEX}`], false, spoiler.port);
    expect(errors).toContainEqual(expect.objectContaining({ code: "SIGNATURE_INVALID" }));
  });
});
