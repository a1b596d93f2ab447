/** For tests: writes small databases in MaxMind's format, apart from the reader: https://maxmind.github.io/MaxMind-DB/. */
import { parseIpv4, parseIpv6 } from "../../schema/ip.ts";

/** What a database holds: text, numbers (double, or uint32 where whole) and maps of them. */
export type Value = string | number | { readonly [name: string]: Value };

export interface TestMmdb {
  readonly type?: string;
  readonly ipVersion?: 4 | 6;
  /** Unix seconds. */
  readonly built?: number;
  readonly recordSize?: 24 | 28 | 32;
  /** Records by network (`8.8.8.0/24`), none within another. */
  readonly networks: Readonly<Record<string, Value>>;
}

const DATA = Symbol("data");
type Leaf = { readonly [DATA]: number };
type Node = [left: Node | Leaf | undefined, right: Node | Leaf | undefined];

/** The octets of a database. */
export function mmdbOf({ type = "Test-City", ipVersion = 6, built = 1_780_000_000, recordSize = 24, networks }: TestMmdb): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [network, record] of Object.entries(networks)) {
    put(root, bitsOf(network, ipVersion), { [DATA]: offset });
    const octets = encode(record);
    data.push(octets);
    offset += octets.length;
  }
  const nodes = inOrder(root);
  const numbers = new Map(nodes.map((node, i) => [node, i]));
  const target = (side: Node | Leaf | undefined): number => {
    if (side === undefined) return nodes.length;
    return DATA in side ? nodes.length + 16 + side[DATA] : numbers.get(side)!;
  };
  const tree = nodes.map(([left, right]) => treeNode(target(left), target(right), recordSize));
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: built,
    database_type: type,
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: recordSize,
  };
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), encode(metadata)]);
}

/** The bits of a network's prefix; IPv4 lies in ::/96 of an IPv6 tree. */
function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [host = "", length = ""] = network.split("/");
  const octets = host.includes(":") ? parseIpv6(host) : parseIpv4(host);
  const bits = Array.from(octets, (octet) => Array.from(octet.toString(2).padStart(8, "0"), Number))
    .flat()
    .slice(0, Number(length));
  return octets.length === 4 && ipVersion === 6 ? [...Array<number>(96).fill(0), ...bits] : bits;
}

function put(root: Node, bits: readonly number[], leaf: Leaf): void {
  let node = root;
  for (const [depth, bit] of bits.entries()) {
    if (depth === bits.length - 1) {
      node[bit] = leaf;
      return;
    }
    const next = node[bit] ?? [undefined, undefined];
    if (DATA in next) throw new Error("a network lies within another");
    node[bit] = next;
    node = next;
  }
}

function inOrder(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes) for (const side of node) if (side !== undefined && !(DATA in side)) nodes.push(side);
  return nodes;
}

function treeNode(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const node = Buffer.alloc(recordSize / 4);
  if (recordSize === 28) {
    node.writeUIntBE(left & 0xff_ffff, 0, 3);
    node[3] = ((left >>> 24) << 4) | (right >>> 24);
    node.writeUIntBE(right & 0xff_ffff, 4, 3);
  } else {
    node.writeUIntBE(left, 0, recordSize / 8);
    node.writeUIntBE(right, recordSize / 8, recordSize / 8);
  }
  return node;
}

function encode(value: Value): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), octets]);
  }
  if (typeof value === "number") {
    const octets = Buffer.alloc(8);
    octets.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), octets]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([name, each]) => [encode(name), encode(each)])]);
}

/** Type and size; sizes from 29 to 284 take an octet more. */
const control = (type: number, size: number): Buffer =>
  size < 29 ? Buffer.of((type << 5) | size) : Buffer.of((type << 5) | 29, size - 29);
