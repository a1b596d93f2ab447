/** dnspython reads what we write as we meant it, and finds each signature valid, whatever was asked over whichever transport. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEVNET } from "../../schema/networks/devnet.ts";
import type { Transport } from "../../workers/dns/answer.ts";
import { TYPE } from "../../workers/dns/records.ts";
import { APEX, ZONE } from "../../workers/dns/test-zone.ts";
import { treeOf } from "../../workers/dns/tree.ts";
import type { ServedZone } from "../../workers/dns/zone.ts";
import { GENERATED } from "../../workers/dnssec/test-signing.ts";
import { exchange, inquiries, SERVED, type Inquiry } from "../support/dns-exchange.ts";
import type { Meaning } from "../support/dns-meaning.ts";
import { signedZones } from "../support/signed-zones.ts";
import { readByDnspython, validateByDnspython } from "./dnspython.ts";

const INQUIRIES = 5_000;
/** Random questions to which every signature is checked. */
const VALIDATED = 3_000;
/** How often each response code, truncation and padding must have come up, so that the judgement is one. */
const LEAST_EACH = 5;

/** It refuses to read messages of other opcodes. */
const KNOWN_OPCODES = new Set([0, 1, 2, 4, 5]);
const TC = 0x0200;
/** Of OPT. */
const DO = 0x8000;
const PADDING = 12;

type Exchanged = ReturnType<typeof exchange>;

const { A, NS, SOA, HINFO, TXT, AAAA, SRV, RRSIG, NSEC, DNSKEY, CDS, CDNSKEY } = TYPE;

const SIGNED = await signedZones();

/** What must have come up in the answers of unsigned zones, and of signed ones. */
const KINDS = [
  { kind: "an unsigned", zones: SERVED, types: [A, NS, SOA, HINFO, TXT, AAAA, SRV] },
  { kind: "a signed", zones: SIGNED, types: [A, NS, SOA, HINFO, TXT, AAAA, SRV, RRSIG, NSEC, DNSKEY, CDS, CDNSKEY] },
];

/** Every type at every name of a zone, with its signatures. */
const everything = (zone: number, transport: Transport): readonly Inquiry[] =>
  [...treeOf(ZONE, DEVNET).nodes.keys()].flatMap((name) =>
    Object.values(TYPE).map((type): Inquiry => ({ query: { name, type, edns: { flags: DO } }, transport, zone, seed: type })),
  );

/** Questions that it would read. */
const sampleOf = (zones: readonly ServedZone[], count: number, seed: number): readonly Inquiry[] =>
  fc.sample(
    inquiries(zones).filter(({ query: { flags = 0 } }) => KNOWN_OPCODES.has(flags >> 11)),
    { numRuns: count, seed },
  );

describe.each(KINDS)("a reply of $kind zone", ({ zones, types }) => {
  it(`means to dnspython what it means to us: to all usual questions, and to ${INQUIRIES} random ones`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const usual = zones.flatMap((_, zone) => (["doh", "udp"] as const).flatMap((transport) => everything(zone, transport)));
    const asked = [...usual, ...sampleOf(zones, INQUIRIES, seed)];
    const exchanged = asked.map((inquiry) => exchange(inquiry, zones));
    const read = await readByDnspython(exchanged.map(({ message }) => message));
    expect(read).toHaveLength(asked.length);
    for (const [i, { meant, message }] of exchanged.entries()) {
      expect(read[i], `seed ${seed}: ${JSON.stringify(asked[i])}: ${Buffer.from(message).toString("hex")}`).toEqual(meant);
    }
    const enough = (what: string, is: (meant: Meaning) => boolean): void =>
      expect(exchanged.filter(({ meant }) => is(meant)).length, what).toBeGreaterThan(LEAST_EACH);
    const rcodes = [0, 1, 3, 4, 5, 16, ...(zones.some(({ pool }) => pool === undefined) ? [2] : [])];
    for (const rcode of rcodes) enough(`rcode ${rcode}`, (meant) => meant.rcode === rcode);
    for (const type of types) enough(`type ${type}`, (meant) => meant.answer.some(([, , each]) => each === type));
    enough("TC", (meant) => (meant.flags & TC) !== 0);
    enough("padding", (meant) => meant.opt?.options.some(([code]) => code === PADDING) === true);
  }, 60_000);
});

describe("a signature", () => {
  const CHILD = new RegExp(`(?:^|[^\\\\]\\.)peer\\.${APEX}$`, "i");
  /** Whether what was asked is for the signed zone to say. */
  const isOurs = ({ name = APEX, type }: Inquiry["query"]): boolean =>
    !CHILD.test(name) || (name.toLowerCase() === `peer.${APEX}` && type === TYPE.DS);

  it(`is valid to dnspython, in ${VALIDATED} replies to random questions and those to all usual ones, and there is one for each set`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const covered = new Map<number, number>();
    for (const [place, zone] of SIGNED.entries()) {
      const zones = [zone];
      const keys: Inquiry = { query: { type: DNSKEY }, transport: "doh", zone: 0, seed };
      const asked = [keys, ...everything(0, "doh"), ...sampleOf(zones, VALIDATED / SIGNED.length, seed)];
      const exchanged = asked.map((inquiry): Exchanged & { inquiry: Inquiry } => Object.assign(exchange(inquiry, zones), { inquiry }));
      const validated = await validateByDnspython(
        exchanged.map(({ message }) => message),
        GENERATED,
      );
      for (const [i, { meant, inquiry }] of exchanged.entries()) {
        const what = `seed ${seed}, zone ${place}: ${JSON.stringify(inquiry)}`;
        const said = validated[i]!;
        if ("fault" in said) throw new Error(`${what}: ${said.fault}`);
        for (const type of said.signed) covered.set(type, (covered.get(type) ?? 0) + 1);
        const wanted = meant.opt !== null && (meant.opt.flags & DO) !== 0 && isOurs(inquiry.query);
        if (wanted) expect(said.unsigned, what).toEqual([]);
        else expect(said.signed, what).toEqual([]);
      }
    }
    for (const type of [A, NS, SOA, HINFO, TXT, AAAA, SRV, NSEC, DNSKEY, CDS, CDNSKEY])
      expect(covered.get(type) ?? 0, `type ${type}`).toBeGreaterThanOrEqual(SIGNED.length - 1); // one has no peers
  }, 60_000);

  it("is not where anything in its set is different, nor before or after its time", async () => {
    const zones = SIGNED.slice(0, 1);
    const ask = (type: number): Uint8Array =>
      exchange({ query: { type, edns: { flags: DO } }, transport: "doh", zone: 0, seed: 1 }, zones).message;
    const [keys, addresses] = [ask(DNSKEY), ask(A)];
    // Beyond header and question, and the first record's head: an octet of its address.
    const spot = 12 + APEX.length + 1 + 4 + 12;
    const spoiled = addresses.with(spot, addresses[spot]! ^ 1);
    const week = 7 * 86_400;
    expect(await validateByDnspython([keys, addresses, spoiled], GENERATED)).toEqual([
      { signed: [DNSKEY], unsigned: [] },
      { signed: [A], unsigned: [] },
      { fault: expect.any(String) },
    ]);
    for (const now of [GENERATED - week, GENERATED + week]) {
      const [, said] = await validateByDnspython([keys, addresses], now);
      expect(said).toHaveProperty("fault");
    }
  });
});

describe("a reply", () => {
  it("is not what dnspython reads in other octets", async () => {
    const { message } = exchange({ query: {}, transport: "doh", zone: 0, seed: 1 });
    const [cutShort, longer] = await readByDnspython([message.subarray(0, message.length - 1), Uint8Array.of(...message, 0)]);
    expect(cutShort).toHaveProperty("fault");
    expect(longer).toHaveProperty("fault", expect.stringContaining("TrailingJunk"));
  });
});
