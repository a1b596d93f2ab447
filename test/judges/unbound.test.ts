/** unbound resolves the zone's names by our name server, and by dnsdist before the DoH endpoint. It minimises names and varies their case. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, sampleFault, SOA, soaOf, type Asked } from "./battery.ts";
import { dig } from "./dig.ts";
import { DigError, type DigMessage } from "./dig-output.ts";
import { startDnsdist, type Relay } from "./dnsdist.ts";
import { startJudgedSeed, type JudgedSeed } from "./judged-seed.ts";
import { APEX, NETWORK, ODD_PEER, RARE, RARE_PEERS } from "./judged-zone.ts";
import { startNghttpx } from "./nghttpx.ts";
import { startUnbound, type Unbound } from "./unbound.ts";

const run = promisify(execFile);
const SERVICE = `_${NETWORK.name}._tcp.${APEX}`;
const PEER_ZONE = `peer.${APEX}`;

const undo = new AsyncDisposableStack();
let seed: JudgedSeed;
let relay: Relay;

beforeAll(async () => {
  seed = await startJudgedSeed(undo);
  relay = await startDnsdist(undo, await startNghttpx(undo, seed.edge.url));
}, 120_000);
afterAll(() => undo.disposeAsync());

async function one({ host, port }: { readonly host: string; readonly port: number }, question: Asked): Promise<DigMessage> {
  const [exchange] = await dig([`@${host}`, "-p", String(port), "+rec", "+tcp"], [question]);
  if (exchange === undefined || exchange instanceof DigError) throw exchange ?? new RangeError("not asked");
  return exchange.reply;
}

/** A record's TTL counts down while a resolver keeps it. */
const withoutTtl = (records: readonly string[]): string[] => records.map((record) => record.replace(/ \d+ IN /, " IN "));

describe.each([
  { way: "the name server", upstream: () => ({ host: "127.0.0.1", port: seed.nameserver.udpPort }) },
  { way: "dnsdist over HTTPS", upstream: () => relay },
])("unbound by way of $way", ({ upstream }) => {
  let unbound: Unbound;
  beforeAll(async () => {
    unbound = await startUnbound(undo, { upstream: upstream() });
  });

  const samples = [
    { name: APEX, type: "A", like: /IN A 25\.\d+\.0\.1$/, count: 25 },
    { name: APEX, type: "AAAA", like: /IN AAAA 2a/, count: 25 },
    { name: `_peers.${APEX}`, type: "TXT", like: /IN TXT ".+" "services=409"$/, count: 11 },
    { name: SERVICE, type: "SRV", like: new RegExp(`IN SRV 0 1 \\d+ [0-9a-f]+\\.${PEER_ZONE}\\.$`), count: 25 },
  ];
  it.each(samples)("resolves $type of $name", async ({ name, type, ...sample }) => {
    const { status, flags, answer } = await one(unbound, ask(name, type));
    expect({ status, flags }).toEqual({ status: "NOERROR", flags: "qr rd ra" });
    // By UDP unbound may have got a part of the sample: what fits.
    expect(sampleFault({ ...sample, count: Math.min(sample.count, answer.length) }, answer)).toBeUndefined();
    expect(answer.length).toBeGreaterThan(10);
  });

  it.each<[question: Asked, record: string]>([
    [ask(`${RARE.label}.${APEX}`, "A"), `${RARE.label}.${APEX}. IN A ${RARE_PEERS.A}`],
    [ask(`${RARE.label}.${APEX}`, "AAAA"), `${RARE.label}.${APEX}. IN AAAA ${RARE_PEERS.AAAA}`],
    [ask(`${ODD_PEER.host}.${PEER_ZONE}`, "A"), `${ODD_PEER.host}.${PEER_ZONE}. IN A ${ODD_PEER.address}`],
    [ask(APEX, "HINFO"), `${APEX}. IN HINFO "RFC8482" ""`],
  ])("resolves $name, $type", async (question, record) => {
    const { status, answer } = await one(unbound, question);
    expect({ status, answer: withoutTtl(answer) }).toEqual({ status: "NOERROR", answer: [record] });
  });

  it.each([
    ["Z2: an empty non-terminal", ask(`_tcp.${APEX}`, "SRV"), "NOERROR", SOA],
    ["Z6: an unknown type", ask(APEX, "TYPE65280"), "NOERROR", SOA],
    ["Z2: no such name", ask(`nothing.${APEX}`, "A"), "NXDOMAIN", SOA],
    ["Z2: no such name below a label", ask(`a.b.${RARE.label}.${APEX}`, "AAAA"), "NXDOMAIN", SOA],
    ["Z2: no such host", ask(`7f000001.${PEER_ZONE}`, "A"), "NXDOMAIN", soaOf(PEER_ZONE)],
    ["Z3: no such address of a host", ask(`${ODD_PEER.host}.${PEER_ZONE}`, "AAAA"), "NOERROR", soaOf(PEER_ZONE)],
  ])("%s is denied", async (_, question, status, soa) => {
    const reply = await one(unbound, question);
    expect(reply).toMatchObject({ status, answer: [] });
    expect(withoutTtl(reply.authority)).toEqual(withoutTtl([soa]));
  });

  it("Z10: asks for the empty non-terminal on the way down, and D8: gets its own spelling back", async () => {
    await one(unbound, ask(SERVICE, "SRV"));
    expect(unbound.asked()).toEqual(expect.arrayContaining([`_tcp.${APEX}. A`, `${SERVICE}. SRV`]));
    expect(unbound.log()).not.toMatch(/capsforid/i); // what it says where a reply's case is not the query's
  });

  it("is understood by drill and unbound-host", async () => {
    const drilled = await run("drill", ["-p", String(unbound.port), `${RARE.label}.${APEX}`, `@${unbound.host}`, "A"]);
    expect(drilled.stdout).toMatch(new RegExp(`^${RARE.label}\\.${APEX}\\.\\t\\d+\\tIN\\tA\\t${RARE_PEERS.A}$`, "m"));
    const hosted = await run("unbound-host", ["-C", unbound.file, `${RARE.label}.${APEX}`]);
    expect(hosted.stdout).toContain(`has address ${RARE_PEERS.A}`);
    expect(hosted.stdout).toContain(`has IPv6 address ${RARE_PEERS.AAAA}`);
  });
});

describe("dnsdist", () => {
  it("E8: truncates for UDP what it got whole, and has it by TCP", async () => {
    expect(await one(relay, ask(APEX, "AAAA", "+notcp", "+ignore", "+bufsize=512"))).toMatchObject({ flags: "qr aa tc rd", answer: [] });
    expect(await one(relay, ask(APEX, "AAAA", "+bufsize=512"))).toMatchObject({ flags: "qr aa rd", counts: [1, 25, 0, 1] });
  });
});
