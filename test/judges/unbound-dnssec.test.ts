/** unbound validates everything that the signed zone says, denies by it what it never asked for, and believes nothing that was changed on the way. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "./battery.ts";
import { dig } from "./dig.ts";
import { DigError, type Exchange } from "./dig-output.ts";
import { startDnsdist, type Relay } from "./dnsdist.ts";
import { APEX, NAMES, ODD_PEER, RARE, RARE_PEERS } from "./judged-zone.ts";
import { startNghttpx } from "./nghttpx.ts";
import { startSignedSeed, type SignedSeed } from "./signed-seed.ts";
import { ofAddresses, SPOILS, startSpoiler } from "./spoiler.ts";
import { startUnbound, type Unbound } from "./unbound.ts";
import { VALIDATION_BATTERY, type Judgement } from "./validation-battery.ts";

const run = promisify(execFile);

const undo = new AsyncDisposableStack();
let seed: SignedSeed;
let relay: Relay;

beforeAll(async () => {
  seed = await startSignedSeed(undo, 13);
  relay = await startDnsdist(undo, await startNghttpx(undo, seed.edge.url));
}, 120_000);
afterAll(() => undo.disposeAsync());

const nameserver = () => ({ host: "127.0.0.1", port: seed.nameserver.udpPort });

const ways = [
  { way: "the name server", upstream: nameserver },
  { way: "dnsdist over HTTPS", upstream: () => relay },
];

/** What unbound says to those who want to know whether it is secure. */
const asked = (unbound: Unbound, questions: readonly Pick<Judgement, "name" | "type">[], ...options: readonly string[]) =>
  dig(
    [`@${unbound.host}`, "-p", String(unbound.port), "+rec", "+tcp", "+adflag"],
    questions.map(({ name, type }) => ask(name, type, ...options)),
  );

async function one(unbound: Unbound, name: string, type: string, ...options: readonly string[]): Promise<Exchange["reply"]> {
  const [exchange] = await asked(unbound, [{ name, type }], ...options);
  if (exchange === undefined || exchange instanceof DigError) throw exchange ?? new RangeError("not asked");
  return exchange.reply;
}

describe.each(ways)("unbound by way of $way", ({ upstream }) => {
  let exchanges: readonly (Exchange | DigError)[] = [];
  beforeAll(async () => {
    const unbound = await startUnbound(undo, { upstream: upstream(), anchor: seed.anchors.unbound });
    exchanges = await asked(unbound, VALIDATION_BATTERY);
  }, 120_000);

  for (const [i, { name, type, found, secure }] of VALIDATION_BATTERY.entries()) {
    it(`${name}, ${type}: ${found}, ${secure ? "secure" : "insecure"}`, () => {
      const exchange = exchanges[i];
      if (exchange === undefined || exchange instanceof DigError) throw exchange ?? new RangeError("not asked");
      const { status, flags, answer } = exchange.reply;
      expect({ status, flags, answered: answer.length > 0 }).toEqual({
        status: found === "no name" ? "NXDOMAIN" : "NOERROR",
        flags: secure ? "qr rd ra ad" : "qr rd ra",
        answered: found === "records",
      });
    });
  }
});

describe("unbound", () => {
  it("Z9, RFC 8198: denies a name by what it was told of another one, and asks for those that it cannot deny", async () => {
    const unbound = await startUnbound(undo, { upstream: nameserver(), anchor: seed.anchors.unbound, aggressive: true });
    const denied = { status: "NXDOMAIN", flags: "qr rd ra ad" };
    const upstreamHas = (name: string): boolean => unbound.asked().some((query) => query.toLowerCase().startsWith(`${name}.${APEX}. `));
    for (const [name, isAsked] of [
      // Each gap between two names is told of once.
      ["nothing", true],
      ["nobody", false],
      ["a.b.nobody", false],
      ["pear", false],
      ["q", true],
      ["x0", false],
      ["x0.x1", true],
      ["x4", false],
      ["zzz", true],
      ["xe", false],
    ] as const) {
      expect(await one(unbound, `${name}.${APEX}`, "A"), name).toMatchObject(denied);
      expect(upstreamHas(name), name).toBe(isAsked);
    }
  });

  it.each(Object.entries(SPOILS))("is not told otherwise: with %s spoiled on the way", async (what, spoil) => {
    const upstream = await startSpoiler(undo, seed.nameserver.udpPort, ofAddresses(spoil));
    const name = what === "the response code" ? "nothing" : RARE.label;
    const unbound = await startUnbound(undo, { upstream, anchor: seed.anchors.unbound });
    const { status, flags, edns, answer } = await one(unbound, `${name}.${APEX}`, "A");
    if (what === "nothing") {
      expect({ status, flags, answer }).toMatchObject({
        status: "NOERROR",
        flags: "qr rd ra ad",
        answer: [expect.stringContaining(RARE_PEERS.A)],
      });
    } else {
      expect({ status, flags, answer, edns }).toMatchObject({
        status: "SERVFAIL",
        flags: "qr rd ra",
        answer: [],
        edns: { options: { EDE: "6 (DNSSEC Bogus)" } },
      });
      expect(await one(unbound, `${name}.${APEX}`, "A", "+cdflag")).toMatchObject({ status: "NOERROR", flags: "qr rd ra cd" });
    }
  });
});

describe("unbound-host", () => {
  it.each([
    [RARE.label, "A", `has address ${RARE_PEERS.A} (secure)`],
    [RARE.label, "AAAA", `has IPv6 address ${RARE_PEERS.AAAA} (secure)`],
    ["_tcp", "A", "has no address (secure)"],
    ["nothing", "A", "not found: 3(NXDOMAIN). (secure)"],
    [`${ODD_PEER.host}.peer`, "A", `has address ${ODD_PEER.address} (insecure)`],
  ])("says of %s, %s: %s", async (label, type, said) => {
    const unbound = await startUnbound(undo, { upstream: nameserver(), anchor: seed.anchors.unbound });
    const { stdout } = await run("unbound-host", ["-C", unbound.file, "-v", "-t", type, `${label}.${APEX}`]);
    expect(stdout).toContain(said);
  });
});

describe("drill", () => {
  const TYPES = { apex: "A", addresses: "HINFO", services: "SRV", texts: "HINFO", cut: "DS", host: "A", empty: "A" } as const;
  // Not of an empty non-terminal: where no NSEC record is the name's own it wants a proof that there is no wildcard, which an answer without
  // data need not have (RFC 4035 §3.1.3.1), and which BIND's server does not give either.
  const names = Array.from(NAMES, ([name, { kind }]) => ({ name, type: TYPES[kind], kind })).filter(({ kind }) => kind !== "empty");

  it.each([...names, { name: `nothing.${APEX}`, type: "A" }, { name: `a.b.${RARE.label}.${APEX}`, type: "A" }, { name: APEX, type: "MX" }])(
    "chases the signatures of $name, $type, to the trust anchor",
    async ({ name, type }) => {
      for (const anchor of [seed.anchors.ds, seed.anchors.dnskey]) {
        const { stdout } = await run("drill", ["-t", "-S", "-k", anchor, "@127.0.0.1", "-p", String(seed.nameserver.tcpPort), name, type]);
        expect(stdout).toContain("\n;; Chase successful\n");
      }
    },
  );
});
