/** Making records' data, octet by octet. Names come in lower case and stay whole: signatures are over that form (RFC 4034 §6.2). */
import type { Name } from "./name.ts";
import type { Rdata } from "./records.ts";

/** Start of authority (RFC 1035 §3.3.13); times in seconds. */
export interface Soa {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export function soaData({ mname, rname, serial, refresh, retry, expire, minimum }: Soa): Rdata {
  const data = new Uint8Array(mname.length + rname.length + 20);
  data.set(mname);
  data.set(rname, mname.length);
  const view = new DataView(data.buffer, mname.length + rname.length);
  [serial, refresh, retry, expire, minimum].forEach((value, i) => view.setUint32(4 * i, value));
  return data;
}

/** SOA MINIMUM: the last field of an SOA's data. */
export const soaMinimum = (data: Rdata): number => new DataView(data.buffer, data.byteOffset, data.length).getUint32(data.length - 4);

/** Character-strings (RFC 1035 §3.3): TXT has one or more, HINFO two. ASCII, each of 255 octets at most. */
export function textData(...texts: readonly string[]): Rdata {
  const data = new Uint8Array(texts.reduce((sum, { length }) => sum + 1 + length, 0));
  let at = 0;
  for (const text of texts) {
    data[at++] = text.length;
    for (let i = 0; i < text.length; i++) data[at++] = text.charCodeAt(i) & 0x7f;
  }
  return data;
}

/** Where a service is (RFC 2782). */
export interface Service {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: Name;
}

export function srvData({ priority, weight, port, target }: Service): Rdata {
  const data = new Uint8Array(6 + target.length);
  [priority, weight, port].forEach((value, i) => data.set([value >> 8, value & 0xff], 2 * i));
  data.set(target, 6);
  return data;
}
