/** What several rules need to know of a zone, asked for once and then known. */
import type { Message, ResourceRecord } from "./message.ts";
import { isWithin, sameName } from "./name.ts";
import type { QuerySpec } from "./query.ts";
import { TYPE } from "./rdata.ts";
import { Unaskable } from "./verdict.ts";

/** A question; what is not said is the SOA of the apex. */
export type Ask = Partial<QuerySpec>;

interface Asker {
  readonly zone: string;
  readonly randomLabel: () => string;
  readonly ask: (ask: Ask) => Promise<Message>;
  readonly askIfTaken: (ask: Ask) => Promise<Message | undefined>;
}

export interface Facts {
  /** The apex's SOA record. Rejects with `Unaskable` where there is none. */
  readonly soa: () => Promise<ResourceRecord>;
  /** A name made up at random, and the answer for its A records. */
  readonly madeUp: () => Promise<{ readonly name: string; readonly message: Message }>;
  /** The answer for a name that does not exist. Rejects with `Unaskable` where all do. */
  readonly nxdomain: () => Promise<Message>;
  /** The answer for a type that the apex does not have. Rejects with `Unaskable` where it has all. */
  readonly nodata: () => Promise<Message>;
  /** The answers for what an apex may have, by type. */
  readonly apex: () => Promise<ReadonlyMap<number, Message>>;
  /** The types of which the apex has records. */
  readonly apexTypes: () => Promise<readonly number[]>;
  /** Whether the zone has keys. */
  readonly signed: () => Promise<boolean>;
  /** A name outside of the zone, and the answer for it. Rejects with `Unaskable` where it is turned down by an error of HTTP. */
  readonly foreign: () => Promise<{ readonly name: string; readonly message: Message }>;
}

const APEX_TYPES = [TYPE.SOA, TYPE.NS, TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.MX, TYPE.CNAME, TYPE.HTTPS, TYPE.SRV] as const;

export function factsOf(asker: Asker): Facts {
  const facts: Facts = {
    soa: memo(async () => {
      const { answers } = await asker.ask({});
      const soa = answers.find(({ name, type, data }) => type === TYPE.SOA && data.length >= 22 && sameName(name, asker.zone));
      if (soa === undefined) throw new Unaskable("the zone has no SOA record here (rule Z1a)");
      return soa;
    }),
    madeUp: memo(async () => {
      const name = `${asker.randomLabel()}.${asker.zone}`;
      return { name, message: await asker.ask({ name, type: TYPE.A }) };
    }),
    nxdomain: memo(async () => {
      const { message } = await facts.madeUp();
      if (message.rcode !== 3) throw new Unaskable("a name made up at random is not denied here");
      return message;
    }),
    nodata: memo(async () => {
      const message = await asker.ask({ type: TYPE.UNKNOWN });
      if (message.rcode !== 0 || message.answers.length > 0)
        throw new Unaskable("a type that nobody knows is not answered with NODATA here (rule Z6)");
      return message;
    }),
    apex: memo(async () => {
      const messages = new Map<number, Message>();
      for (const type of APEX_TYPES) messages.set(type, await asker.ask({ type }));
      return messages;
    }),
    apexTypes: memo(async () => {
      const messages = await facts.apex();
      return [...messages].filter(([type, { answers }]) => answers.some((record) => record.type === type)).map(([type]) => type);
    }),
    signed: memo(async () => (await asker.ask({ type: TYPE.DNSKEY })).answers.some(({ type }) => type === TYPE.DNSKEY)),
    foreign: memo(async () => {
      const name = isWithin("example.net.", asker.zone) || isWithin(asker.zone, "example.net.") ? "example.com." : "example.net.";
      const message = await asker.askIfTaken({ name, type: TYPE.A, opt: {} });
      if (message === undefined) throw new Unaskable("names outside of the zone are turned down by an error of HTTP (RFC 8484 §10)");
      return { name, message };
    }),
  };
  return facts;
}

function memo<T>(find: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => (known ??= find());
}
