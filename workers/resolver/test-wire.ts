/** For the tests: queries written and replies read octet by octet, by none of the code under test. */

export const TYPES = { A: 1, NS: 2, SOA: 6, MX: 15, TXT: 16, AAAA: 28 } as const;

export interface QueryOptions {
  readonly id?: number;
  readonly opcode?: number;
  /** EDNS options: code and data. An empty list is an OPT record without options. */
  readonly edns?: readonly { readonly code: number; readonly data: readonly number[] }[];
}

export function query(name: string, type: keyof typeof TYPES, { id = 0, opcode = 0, edns }: QueryOptions = {}): Uint8Array<ArrayBuffer> {
  const labels = name
    .split(".")
    .map((label) => [label.length, Array.from(new TextEncoder().encode(label))])
    .flat(2);
  const options = (edns ?? []).map(({ code, data }) => [u16(code), u16(data.length), data]).flat(2);
  const opt = edns === undefined ? [] : [0, ...u16(41), ...u16(512), 0, 0, 0, 0, ...u16(options.length), ...options];
  const counts = [...u16(1), ...u16(0), ...u16(0), ...u16(edns === undefined ? 0 : 1)];
  return Uint8Array.from([...u16(id), opcode << 3, 0, ...counts, ...labels, 0, ...u16(TYPES[type]), ...u16(1), ...opt]);
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

export interface WireRecord {
  readonly type: number;
  readonly ttl: number;
  readonly data: Uint8Array;
}

export interface WireReply {
  readonly id: number;
  readonly rcode: number;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
  readonly additionals: readonly WireRecord[];
}

export function readReply(bytes: Uint8Array): WireReply {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  const skipName = () => {
    while (bytes[at]! > 0 && bytes[at]! < 0xc0) at += 1 + bytes[at]!;
    at += bytes[at] === 0 ? 1 : 2;
  };
  const section = (count: number) =>
    Array.from({ length: count }, (): WireRecord => {
      skipName();
      const data = bytes.subarray(at + 10, at + 10 + view.getUint16(at + 8));
      const record = { type: view.getUint16(at), ttl: view.getUint32(at + 4), data };
      at += 10 + data.length;
      return record;
    });
  for (let i = 0; i < view.getUint16(4); i++) {
    skipName();
    at += 4;
  }
  const [answers, authorities, additionals] = [section(view.getUint16(6)), section(view.getUint16(8)), section(view.getUint16(10))];
  if (at !== bytes.length) throw new RangeError("octets after the last record");
  return { id: view.getUint16(0), rcode: bytes[3]! & 0xf, answers, authorities, additionals };
}
