/** For tests: ways to make of a good answer a bad one. */
import { readMessage, type Message, type Option, type ResourceRecord } from "../../../conformance/message.ts";
import { OPTION, u16 } from "../../../conformance/query.ts";
import { TYPE } from "../../../conformance/rdata.ts";
import { APEX } from "../../../workers/dns/test-zone.ts";
import { goodAnswer, type Answered, type Asked, type Breakage } from "./server.ts";
import { edited, record, type Edit } from "./message-edit.ts";

export type When = (asked: Asked, good: Answered, message: Message | undefined) => boolean;

/** Changes the response where this holds. */
export const where =
  (when: When, change: Partial<Answered> | ((good: Answered, asked: Asked) => Partial<Answered>)): Breakage =>
  (asked, good) =>
    when(asked, good, good.status === 200 ? readMessage(good.body) : undefined)
      ? { ...good, ...(typeof change === "function" ? change(good, asked) : change) }
      : good;

export const status = (code: number, when: When): Breakage => where(when, { status: code });

/** Sets headers; undefined takes one away. */
export const headers = (changes: Readonly<Record<string, string | undefined>>, when: When = () => true): Breakage =>
  where(when, (good) => ({
    headers: Object.fromEntries(
      Object.entries({ ...good.headers, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  }));

export const withBody = (good: Answered, body: Uint8Array): Partial<Answered> => ({
  body,
  headers: { ...good.headers, "content-length": String(body.length) },
});

/** Edits every DNS answer for which this holds. */
export const edit = (
  how: Edit | ((message: Message, asked: Asked) => Edit),
  when: (asked: Asked, message: Message) => boolean = () => true,
): Breakage =>
  where(
    (asked, _, message) => message !== undefined && when(asked, message),
    (good, asked) => {
      const message = readMessage(good.body);
      return message === undefined ? {} : withBody(good, edited(good.body, typeof how === "function" ? how(message, asked) : how));
    },
  );

/** Edits what would be an error as if it were an answer: the query comes back as a response, edited. */
export const answerAll = (how: Edit, when: (asked: Asked, good: Answered) => boolean): Breakage =>
  where(
    (asked, good) => asked.query !== undefined && asked.query.length >= 12 && when(asked, good),
    (good, { query }) => {
      const head = Uint8Array.from([...(query ?? []).slice(0, 2), 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      return {
        status: 200,
        ...withBody({ ...good, headers: { ...good.headers, "content-type": "application/dns-message" } }, edited(head, how)),
      };
    },
  );

/** Answers as if another query had come. */
export const asIf = (other: (query: Uint8Array) => Uint8Array, when: (asked: Asked) => boolean): Breakage =>
  where(
    (asked) => asked.query !== undefined && when(asked),
    (_, asked) => goodAnswer({ ...asked, query: other(asked.query ?? new Uint8Array(0)) }, 0),
  );

/** Answers text that is no base64url as if it were: what does not belong there is overlooked. */
export const taken = (text: RegExp): Breakage =>
  where(
    ({ parameters }) => text.test(parameters.get("dns") ?? ""),
    (_, asked) => goodAnswer({ ...asked, query: Buffer.from(asked.parameters.get("dns") ?? "", "base64url") }, 0),
  );

export const isGet: When = ({ method }) => method === "GET";
export const isPost: When = ({ method }) => method === "POST";
export const isError: When = (_, good) => good.status >= 400;
export const asks =
  (type: number) =>
  (asked: Asked): boolean =>
    asked.message?.questions[0]?.type === type;
export const asksFor =
  (pattern: RegExp) =>
  (asked: Asked): boolean =>
    pattern.test(asked.message?.questions[0]?.name ?? "");
export const rcodeIs =
  (rcode: number) =>
  (_: Asked, message: Message): boolean =>
    message.rcode === rcode;
export const flagged =
  (flag: number) =>
  (asked: Asked): boolean =>
    ((asked.message?.flags ?? 0) & flag) !== 0;
export const opcodeIs =
  (opcode: number) =>
  (asked: Asked): boolean =>
    asked.message?.opcode === opcode;
export const classIs =
  (class_: number) =>
  (asked: Asked): boolean =>
    asked.message?.questions[0]?.class === class_;
export const optionIn = (asked: Asked, code: number): Uint8Array | undefined =>
  asked.message?.opts[0]?.options.find((option) => option.code === code)?.data;
export const hasOption =
  (code: number) =>
  (asked: Asked): boolean =>
    optionIn(asked, code) !== undefined;
export const hasOpt = (asked: Asked): boolean => (asked.message?.opts.length ?? 0) > 0;
export const paddedLonger =
  (octets: number) =>
  (asked: Asked): boolean =>
    (optionIn(asked, OPTION.PADDING)?.length ?? 0) > octets;
export const rawHas =
  (pattern: RegExp) =>
  (asked: Asked): boolean =>
    pattern.test(asked.parameters.get("dns") ?? "");

export const set = (flag: number): Edit => ({ flags: (flags) => flags | flag });
export const clear = (flag: number): Edit => ({ flags: (flags) => flags & ~flag });

export const A_DATA = Uint8Array.of(192, 0, 2, 1);
export const aRecord = (name: string = APEX): ResourceRecord => record({ name, type: TYPE.A, data: A_DATA });
export const addAnswer = (...more: readonly ResourceRecord[]): Edit => ({ answers: (records) => [...records, ...more] });
export const onlyAnswer = (...records: readonly ResourceRecord[]): Edit => ({ answers: () => records, authorities: () => [], rcode: 0 });
export const withOption = (...options: readonly Option[]): Edit => ({
  opts: ([opt]) => [{ ...opt, options: [...(opt?.options ?? []), ...options] }],
});
export const withoutOption = (code: number): Edit => ({
  opts: (opts) => opts.map((opt) => ({ ...opt, options: opt.options.filter((option) => option.code !== code) })),
});
export const option = (code: number, ...data: readonly number[]): Option => ({ code, data: Uint8Array.from(data) });
export const optFlags = (change: (flags: number) => number): Edit => ({
  opts: (opts) => opts.map((opt) => ({ ...opt, flags: change(opt.flags) })),
});

export const soaWith = (soa: ResourceRecord, minimum: number): ResourceRecord => ({
  ...soa,
  data: Uint8Array.from([...soa.data.slice(0, -4), ...u16(minimum >> 16), ...u16(minimum & 0xffff)]),
});

/** An answer without its authority section's SOA. */
export const NO_SOA: Edit = { authorities: () => [] };
export const NXDOMAIN: Edit = { rcode: 3, answers: () => [] };
export const SERVICE = `_${APEX.split(".")[0]}._tcp.${APEX}`;

/** An SRV answer whose target is a pointer to the question's name. */
export const compressedSrv: Breakage = where(asks(TYPE.SRV), (good, { query }) => {
  const question = (query ?? new Uint8Array(0)).slice(12);
  const srv = [0xc0, 12, ...u16(TYPE.SRV), 0, 1, 0, 0, 0, 60, 0, 8, 0, 0, 0, 1, 0x6d, 0x6c, 0xc0, 12];
  return withBody(good, Uint8Array.from([...(query ?? []).slice(0, 2), 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, ...question, ...srv]));
});

export const httpsRecord = (...keys: readonly number[]): ResourceRecord =>
  record({ name: APEX, type: TYPE.HTTPS, data: Uint8Array.from([0, 1, 0, ...keys.flatMap((key) => u16(key).concat(0, 0))]) });

/** By the rule that must catch it: what the server does, and how. */
export type Breaking = readonly (readonly [id: string, what: string, breakage: Breakage])[];
