/** A zone, its peers, and queries built octet by octet, for tests. */
import { DEVNET } from "../../schema/networks/devnet.ts";
import * as v from "valibot";
import { ZoneSchema, type Zone } from "../../schema/zone.ts";
import { poolOf, seeded, spread, type TestPeer } from "../sampling/test-pool.ts";
import type { AnswerContext } from "./answer.ts";
import { parseName } from "./name.ts";
import { CLASS_IN, TYPE } from "./records.ts";
import type { ServedZone } from "./zone.ts";

export const APEX = "navio.seed.example.org.";

export const ZONE: Zone = v.parse(ZoneSchema, {
  name: APEX,
  network: "devnet",
  nameservers: ["ns1.example.org.", "ns2.example.net."],
  contact: "hostmaster.example.org.",
});

/** 60 peers of either family on the default port, each in a netgroup of its own, all with service bits 409. */
export const PEERS: readonly TestPeer[] = [...spread(60), ...Array.from({ length: 60 }, (_, i) => ({ text: `[2a01:${i + 1}::5]:28333` }))];

/** 40 peers on overlay networks: 30 onion, 6 I2P, 4 CJDNS, with service bits 409 and, every other one, 9. */
export const OVERLAY_PEERS: readonly TestPeer[] = Array.from({ length: 40 }, (_, i) => {
  const letter = String.fromCharCode(97 + (i % 26));
  const services = i % 2 === 0 ? "409" : "9";
  if (i < 30) return { text: `${letter.repeat(55)}${i < 26 ? "a" : "b"}.onion:28333`, services };
  return i < 36 ? { text: `${letter.repeat(52)}.b32.i2p:0`, services } : { text: `[fc00::${i}]:28333`, services };
});

export function servedZone(peers: readonly TestPeer[] = PEERS, changes: Partial<ServedZone> = {}): ServedZone {
  return { zone: ZONE, network: DEVNET, freshness: "fresh", pool: poolOf(peers), serial: 41, ...changes };
}

export function contextOf(served: ServedZone = servedZone(), changes: Partial<AnswerContext> = {}): AnswerContext {
  const zoneFor = (name: string) => (name === served.zone.name || name.endsWith(`.${served.zone.name}`) ? served : undefined);
  return { transport: "doh", zoneFor, random: seeded(11), ...changes };
}

export type Option = readonly [code: number, data: readonly number[]];

export interface EdnsSpec {
  readonly payload?: number;
  readonly version?: number;
  readonly flags?: number;
  readonly options?: readonly Option[];
}

export interface QuerySpec {
  readonly name?: string;
  readonly type?: number;
  readonly class?: number;
  readonly id?: number;
  /** The header's second word: opcode, RD and the rest. */
  readonly flags?: number;
  readonly edns?: EdnsSpec | undefined;
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

export function optRecord({ payload = 1_232, version = 0, flags = 0, options = [] }: EdnsSpec = {}): number[] {
  const data = options.flatMap(([code, octets]) => [...u16(code), ...u16(octets.length), ...octets]);
  return [0, ...u16(TYPE.OPT), ...u16(payload), 0, version, ...u16(flags), ...u16(data.length), ...data];
}

/** A header with these counts. */
export const header = (id: number, flags: number, ...counts: readonly number[]): number[] => [id, flags, ...counts].flatMap(u16);

export const questionOctets = (name: string, type: number, class_: number = CLASS_IN): number[] => [
  ...parseName(name),
  ...u16(type),
  ...u16(class_),
];

export function queryOf({ name = APEX, type = TYPE.A, class: class_ = CLASS_IN, id = 0, flags = 0, edns }: QuerySpec = {}): Uint8Array {
  const opt = edns === undefined ? [] : optRecord(edns);
  return Uint8Array.from([...header(id, flags, 1, 0, 0, edns === undefined ? 0 : 1), ...questionOctets(name, type, class_), ...opt]);
}
