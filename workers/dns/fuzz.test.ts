/** Hostile octets: whatever comes, there is an answer that another codec can read, or the one named error. */
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/support/dns-oracle.ts";
import { seeded } from "../sampling/test-pool.ts";
import type { RandomInt } from "../sampling/random.ts";
import { answerQuery, type AnswerContext, type Transport } from "./answer.ts";
import { PAYLOAD_OCTETS } from "./edns.ts";
import { DnsFormatError } from "./query.ts";
import { TYPE } from "./records.ts";
import { RCODE } from "./reply.ts";
import { APEX, contextOf, header, optRecord, OVERLAY_PEERS, PEERS, queryOf, questionOctets, servedZone, ZONE } from "./test-zone.ts";

const ROUNDS = 120_000;
const TRANSPORTS: readonly Transport[] = ["doh", "udp", "tcp"];
const RCODES = new Set<number>(Object.values(RCODE));

const padded = queryOf({
  edns: {
    flags: 0x8000,
    options: [
      [12, [0, 0]],
      [3, []],
      [8, [0, 1, 24, 0, 192, 0, 2]],
    ],
  },
});
const record = [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, 97];
const crowded = Uint8Array.from([
  ...header(1, 0x0100, 1, 1, 1, 2),
  ...questionOctets(`X9.${APEX}`, TYPE.AAAA),
  ...record,
  ...record,
  ...record,
  ...optRecord(),
]);
const texts = queryOf({ name: `_peers.${APEX}`, type: TYPE.TXT });
const CORPUS = [texts, queryOf(), queryOf({ edns: { version: 1 } }), queryOf({ name: `no.${APEX}`, type: TYPE.ANY }), padded, crowded];

/** Changes, removes, inserts, repeats or cuts a few octets. */
function mutate(octets: Uint8Array, random: RandomInt): Uint8Array {
  const list = Array.from(octets);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(list.length + 1);
    const octet = [0, 0xff, 0xc0, 0x3f, 0x40, random(256), random(256), random(256)][random(8)]!;
    [
      () => (list[at] = octet),
      () => list.splice(at, 1 + random(8)),
      () => list.splice(at, 0, octet),
      () => list.splice(at, 0, ...list.slice(at, at + random(40))),
      () => (list.length = at),
    ][random(5)]!();
  }
  return Uint8Array.from(list);
}

function raw(random: RandomInt): Uint8Array {
  const octets = Uint8Array.from({ length: random(80) }, () => random(256));
  // Mostly headers that get past the first checks.
  if (random(4) > 0)
    octets.set(Uint8Array.of(0, 1, random(2), 0, 0, random(2), 0, random(2), 0, random(2), 0, random(3)).subarray(0, octets.length));
  return octets;
}

describe("answerQuery on hostile octets", () => {
  it(`answers or refuses by name, ${ROUNDS} times`, () => {
    const random = seeded(20);
    const served = servedZone([...PEERS, ...OVERLAY_PEERS], { zone: { ...ZONE, records: 50 } });
    const contexts = TRANSPORTS.map((transport): AnswerContext => contextOf(served, { transport, location: "fra" }));
    const seen = new Map<number | "refused", number>();
    for (let round = 0; round < ROUNDS; round++) {
      const query = random(4) === 0 ? raw(random) : mutate(CORPUS[random(CORPUS.length)]!, random);
      const before = query.slice();
      const context = contexts[random(contexts.length)]!;
      let outcome: number | "refused" = "refused";
      try {
        const { message, lifetime, rcode } = answerQuery(query, context);
        const reply = readMessage(message);
        outcome = rcode;
        // Plain comparisons: half a million expectations would take a minute.
        const sound =
          reply.rcode === rcode &&
          RCODES.has(rcode) &&
          reply.id === ((query[0]! << 8) | query[1]!) &&
          reply.flags.includes("qr") &&
          lifetime >= 0 &&
          message.length <= (context.transport === "udp" ? PAYLOAD_OCTETS : 65_535) &&
          (context.transport !== "udp" || reply.opt !== undefined || message.length <= 512);
        if (!sound) expect.fail(`a bad answer to ${hex(query)} over ${context.transport}: ${hex(message)}`);
      } catch (error) {
        if (!(error instanceof DnsFormatError)) throw new Error(`${hex(query)} over ${context.transport}`, { cause: error });
      }
      if (before.some((octet, i) => octet !== query[i])) expect.fail("the query was written to");
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    // The corpus reaches every outcome that a fresh zone has.
    for (const outcome of ["refused", RCODE.NOERROR, RCODE.FORMERR, RCODE.NXDOMAIN, RCODE.NOTIMP, RCODE.REFUSED, RCODE.BADVERS] as const) {
      expect(seen.get(outcome) ?? 0, `outcome ${outcome}`).toBeGreaterThan(100);
    }
  }, 120_000);
});

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
