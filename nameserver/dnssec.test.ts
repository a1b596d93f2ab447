import { webcrypto } from "node:crypto";
import { createSocket } from "node:dgram";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bankText, testKeys } from "../serving/test-bank.ts";
import { APEX, START, startTestEdge, ZONE, type TestEdge } from "../serving/test-edge.ts";
import { TYPE } from "../workers/dns/records.ts";
import type { KeySet } from "../workers/dnssec/keys.ts";
import { labelsOf, readMessage, wireName, type WireMessage } from "../workers/dnssec/test-message.ts";
import { dsOf } from "../workers/dnssec/test-signing.ts";
import { Validator } from "../workers/dnssec/test-validator.ts";
import { frame } from "./framing.ts";
import { startNameserver, type Nameserver } from "./nameserver.ts";
import { askUdp, openTcp } from "./test-client.ts";
import type { Standing } from "./zones.ts";

const DAY = 86_400;

let keys: KeySet;
let edge: TestEdge;
let server: Nameserver;
let clock: number;
let failures: string[];
let standing: Standing | undefined;

function query(name: string, type: number, dnssecOk: boolean): Uint8Array {
  const opt = [0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0];
  return Uint8Array.from([0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...wireName(labelsOf(name)), type >> 8, type & 0xff, 0, 1, ...opt]);
}

/** Asks by UDP. */
async function ask(name: string, type: number, dnssecOk = true): Promise<WireMessage> {
  const socket = createSocket("udp4");
  try {
    const reply = Promise.withResolvers<Buffer>();
    socket.once("message", reply.resolve).once("error", reply.reject);
    socket.send(query(name, type, dnssecOk), server.udpPort, "127.0.0.1");
    return readMessage(await reply.promise);
  } finally {
    socket.close();
  }
}

/** Asks by TCP. */
async function askTcp(name: string, type: number): Promise<WireMessage> {
  const socket = await openTcp(server.tcpPort);
  try {
    socket.write(frame(query(name, type, true)));
    let octets = Buffer.alloc(0);
    for await (const chunk of socket) {
      octets = Buffer.concat([octets, chunk]);
      if (octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE(0)) break;
    }
    return readMessage(octets.subarray(2));
  } finally {
    socket.destroy();
  }
}

/** Publishes a snapshot and its bank. */
async function publish(seq: number): Promise<void> {
  publishSnapshot(seq);
  await publishBank(seq);
}

function publishSnapshot(seq: number, generated = START): void {
  edge.publish({ seq, generated, stale: generated + 900, expires: generated + DAY });
}

async function publishBank(seq: number, generated = START): Promise<void> {
  const text = await bankText(keys, seq);
  const times = `"generated":${generated},"expires":${generated + DAY}`;
  edge.publishBank(text.replace(`"generated":${START},"expires":${START + DAY}`, times), seq);
}

/** The extended errors of an answer, by the other reader. */
async function extendedErrors(dnssecOk: boolean): Promise<number[]> {
  const { additionals = [] } = await askUdp(server.udpPort, query(APEX, TYPE.A, dnssecOk));
  const options: { code: number; data?: unknown }[] = additionals.flatMap((each) => (each.type === "OPT" ? each.options : []));
  return options.flatMap(({ code, data }) => (code === 15 && Buffer.isBuffer(data) ? [data.readUInt16BE(0)] : []));
}

/** What is told of the zone's age to who asks for signatures, and to who does not. */
const told = () =>
  Promise.all(
    [true, false].map(async (dnssecOk) => {
      const { rcode, answer } = await ask(APEX, TYPE.A, dnssecOk);
      return { rcode, ttl: Math.max(0, ...answer.map(({ ttl }) => ttl)), errors: await extendedErrors(dnssecOk) };
    }),
  );

const serial = ({ answer }: WireMessage): number | undefined => {
  const soa = answer.find(({ type }) => type === TYPE.SOA);
  return soa && new DataView(soa.data.buffer).getUint32(soa.data.length - 20);
};
const signatures = ({ answer, authority }: WireMessage): number =>
  [...answer, ...authority].filter(({ type }) => type === TYPE.RRSIG).length;

async function start(): Promise<void> {
  const common = { edge: edge.url, snapshotKeys: [edge.publicKey], host: "127.0.0.1", port: 0, refreshSeconds: 0.02 };
  server = await startNameserver({
    ...common,
    now: () => clock * 1_000,
    onFailure: ({ cause }) => failures.push(cause),
    onStanding: (each) => (standing = each),
  });
}

beforeAll(async () => {
  keys = await testKeys();
});

beforeEach(async () => {
  clock = START;
  failures = [];
  standing = undefined;
  edge = await startTestEdge();
});

afterEach(async () => {
  await server.stop();
  await edge.close();
});

describe("a name server of a signed zone", () => {
  it("answers by UDP and TCP what validators believe, and plainly who does not ask for signatures", async () => {
    await publish(5);
    await start();
    await server.ready;
    const validator = new Validator(webcrypto.subtle, labelsOf(APEX), START);
    await validator.trust(dsOf(keys), await ask(APEX, TYPE.DNSKEY));
    for (const name of ["", "x9.", "_peers.", "_tcp.", "_devnet._tcp.", "nothing.", "a.b.x9.", "*."].map((label) => `${label}${APEX}`)) {
      for (const type of [TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.TXT, TYPE.NSEC, TYPE.ANY]) {
        expect(await validator.judge(await ask(name, type))).toBe("secure");
        expect(signatures(await ask(name, type, false))).toBe(0);
      }
      expect(await validator.judge(await askTcp(name, TYPE.A))).toBe("secure");
    }
    expect(await validator.judge(await ask(`peer.${APEX}`, TYPE.DS))).toBe("secure");
    expect(await validator.judge(await ask(`14000001.peer.${APEX}`, TYPE.A))).toBe("insecure");
  });

  it("answers nothing until it knows whether the zone is signed: what is unsigned would be bogus", async () => {
    await publish(5);
    edge.bankBroken = 500;
    await start();
    await expect.poll(() => failures.filter((cause) => cause === "edge-failed").length).toBeGreaterThan(2);
    expect([(await ask(APEX, TYPE.A)).rcode, (await ask(APEX, TYPE.A, false)).rcode]).toEqual([2, 2]);
    edge.bankBroken = undefined;
    await server.ready;
    expect(signatures(await ask(APEX, TYPE.A))).toBe(1);
  });

  it("follows the zone when it is signed anew, no longer, and again", async () => {
    await publish(5);
    await start();
    await server.ready;
    await publish(6);
    await expect.poll(async () => serial(await ask(APEX, TYPE.SOA))).toBe(6);
    edge.publishBank();
    await expect.poll(async () => signatures(await ask(APEX, TYPE.SOA))).toBe(0);
    await publish(7);
    await expect.poll(async () => [serial(await ask(APEX, TYPE.SOA)), signatures(await ask(APEX, TYPE.SOA))]).toEqual([7, 1]);
  });

  it("refuses a bank that goes back, and says so", async () => {
    await publish(5);
    await start();
    await server.ready;
    await publish(4);
    await expect.poll(() => failures).toContain("rolled-back");
    expect([serial(await ask(APEX, TYPE.SOA)), signatures(await ask(APEX, TYPE.SOA))]).toEqual([5, 1]);
  });

  it("serves on signed when the edge is gone, with short TTLs, until all has expired", async () => {
    await publish(5);
    await start();
    await server.ready;
    edge.down = true;
    await expect.poll(() => failures).toContain("edge-failed");
    const validator = new Validator(webcrypto.subtle, labelsOf(APEX), START);
    await validator.trust(dsOf(keys), await ask(APEX, TYPE.DNSKEY));
    clock = validator.now = START + DAY - 1;
    const stale = await ask(APEX, TYPE.A);
    expect(await validator.judge(stale)).toBe("secure");
    expect(stale.answer.every(({ ttl }) => ttl === 30)).toBe(true);
    clock = START + DAY;
    expect((await ask(APEX, TYPE.A)).rcode).toBe(2);
  });

  it("answers nothing either when its bank has expired, however fresh the snapshot, until there is another", async () => {
    await publish(5);
    await start();
    await server.ready;
    edge.bankBroken = 500;
    edge.publish({ seq: 6, generated: START + DAY, stale: START + DAY + 900, expires: START + 2 * DAY });
    await expect.poll(async () => serial(await ask(APEX, TYPE.SOA, false))).toBe(6);
    clock = START + DAY - 1;
    expect([(await ask(APEX, TYPE.A)).rcode, (await ask(APEX, TYPE.A, false)).rcode]).toEqual([0, 0]);
    clock = START + DAY;
    expect([(await ask(APEX, TYPE.A)).rcode, (await ask(APEX, TYPE.A, false)).rcode]).toEqual([2, 2]);
    edge.bankBroken = undefined;
    edge.publishBank();
    await expect.poll(async () => (await ask(APEX, TYPE.A)).rcode).toBe(0);
  });

  it("does not answer a zone that was renamed from the bank of its old name", async () => {
    await publish(5);
    await start();
    await server.ready;
    edge.zone = { ...ZONE, name: "renamed.example.org." };
    clock += 301; // the list is read again
    await expect.poll(async () => (await ask("renamed.example.org", TYPE.A)).rcode).toBe(0);
    const { rcode, authority } = await ask("nothing.renamed.example.org", TYPE.A);
    expect([rcode, authority.map(({ type }) => type)]).toEqual([3, [TYPE.SOA]]);
    expect((await ask(APEX, TYPE.A)).rcode).toBe(5);
  });
});

describe("a name server whose snapshot and bank are of different age", () => {
  const network = "devnet";
  const FRESH = { rcode: 0, ttl: 60, errors: [] };
  const STALE = { rcode: 0, ttl: 30, errors: [3] };
  const NOTHING = { rcode: 2, ttl: 0, errors: [14] };

  it("takes the zone for stale with its bank, though the snapshot is renewed, and for expired with it", async () => {
    await publish(5);
    await start();
    await server.ready;
    publishSnapshot(6, START + 800);
    await expect.poll(async () => serial(await ask(APEX, TYPE.SOA, false))).toBe(6);
    clock = START + 899;
    expect(await told()).toEqual([FRESH, FRESH]);
    clock = START + 900;
    expect(await told()).toEqual([STALE, STALE]);
    await expect.poll(() => standing).toEqual({ network, freshness: "stale", snapshot: "fresh", bank: "stale" });
    const validator = new Validator(webcrypto.subtle, labelsOf(APEX), clock);
    await validator.trust(dsOf(keys), await ask(APEX, TYPE.DNSKEY));
    expect(await validator.judge(await ask(APEX, TYPE.A))).toBe("secure");
    publishSnapshot(7, START + DAY - 800);
    await expect.poll(async () => serial(await ask(APEX, TYPE.SOA, false))).toBe(7);
    clock = START + DAY;
    expect(await told()).toEqual([NOTHING, NOTHING]);
    await expect.poll(() => standing).toEqual({ network, freshness: "expired", snapshot: "fresh", bank: "expired" });
    expect(failures).toEqual([]);
    await publishBank(7, START + DAY - 800);
    await expect.poll(told).toEqual([FRESH, FRESH]);
    await expect.poll(() => standing).toEqual({ network, freshness: "fresh", snapshot: "fresh", bank: "fresh" });
  });

  it("takes the zone for stale with its snapshot, though the bank is renewed, and for expired with it", async () => {
    await publish(5);
    await start();
    await server.ready;
    await publishBank(6, START + 800);
    await expect.poll(async () => serial(await ask(APEX, TYPE.SOA))).toBe(6);
    clock = START + 899;
    expect(await told()).toEqual([FRESH, FRESH]);
    clock = START + 900;
    expect(await told()).toEqual([STALE, STALE]);
    await expect.poll(() => standing).toEqual({ network, freshness: "stale", snapshot: "stale", bank: "fresh" });
    clock = START + DAY;
    expect(await told()).toEqual([NOTHING, NOTHING]);
    await expect.poll(() => standing).toEqual({ network, freshness: "expired", snapshot: "expired", bank: "stale" });
  });

  it("says that a zone is not signed, and that it does not know yet", async () => {
    publishSnapshot(5);
    edge.bankBroken = 500;
    await start();
    await expect.poll(() => standing).toEqual({ network, freshness: "absent", snapshot: "fresh", bank: "absent" });
    edge.bankBroken = undefined;
    await expect.poll(() => standing).toEqual({ network, freshness: "fresh", snapshot: "fresh", bank: "unsigned" });
  });
});
