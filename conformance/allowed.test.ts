/** What servers may do, and some do, though ours does not: no rule may call it a fault. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  asks,
  asksFor,
  classIs,
  edit,
  hasOption,
  onlyAnswer,
  opcodeIs,
  set,
  where,
  withoutOption,
} from "../test/support/conformance/breakage.ts";
import { record } from "../test/support/conformance/message-edit.ts";
import { startTestServer, type Answered, type Asked, type Breakage, type TestServer } from "../test/support/conformance/server.ts";
import { APEX } from "../workers/dns/test-zone.ts";
import { checkConformance } from "./conformance.ts";
import { FLAG } from "./message.ts";
import { nameWire } from "./name.ts";
import { OPTION } from "./query.ts";
import { TYPE } from "./rdata.ts";
import { DEFAULT_TIMEOUT_MS } from "./transport.ts";

let server: TestServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(() => server.close());

const NO_MESSAGE = { headers: { "content-type": "text/plain" }, body: Buffer.from("no") };

const turnedDown = (status: number, when: (asked: Asked) => boolean): Breakage => where(when, { status, ...NO_MESSAGE });

const isForeign = asksFor(/^example\.(net|com)\./);

/** FORMERR with all that came, as a server has it that only sets flags. */
const sentBack = (_: Answered, { query = new Uint8Array(0) }: Asked): Partial<Answered> => ({
  status: 200,
  headers: { "content-type": "application/dns-message" },
  body: Uint8Array.from(query, (octet, i) => (i === 2 ? octet | 0x80 : i === 3 ? 1 : octet)),
});

const LIBERTIES: readonly (readonly [ids: string, what: string, liberty: Breakage])[] = [
  ["D2c D4a D4b H5b", "unknown opcodes are 501 (RFC 8484 §10)", turnedDown(501, opcodeIs(15))],
  ["D2c D7a D7b D7c E1a E1b E12 H5b", "foreign names are 403 (RFC 8484 §10)", turnedDown(403, isForeign)],
  ["D5a D5b", "no question, or two, is 400", turnedDown(400, ({ message }) => message?.questions.length !== 1)],
  ["D6b", "class ANY is FORMERR", edit({ rcode: 1 }, classIs(255))],
  ["D9a D9e", "a FORMERR gives the broken question back", where(({ message }) => (message?.faults.length ?? 0) > 0, sentBack)],
  ["H6i", "another method is 501 (RFC 9110 §9.1)", where((_, good) => good.status === 405, { status: 501 })],
  [
    "Z8",
    "a wildcard's alias covers _ta-… (RFC 8145 §5.3)",
    edit(onlyAnswer(record({ name: `_ta-4a5c.${APEX}`, type: TYPE.CNAME, data: nameWire(APEX) })), asksFor(/^_ta-/)),
  ],
  ["Z7d", "DS is refused by who offers recursion (RFC 4035 §3.1.4.1)", edit({ rcode: 5, ...set(FLAG.RA) }, asks(TYPE.DS))],
  ["E8", "an answer is cut whatever size is stated (RFC 8484 §10)", edit(set(FLAG.TC), asks(TYPE.TXT))],
  ["E9a E9b E9c", "padding is not known (RFC 6891 §6.1.2)", edit(withoutOption(OPTION.PADDING))],
  ["E11b", "client subnets are not known (RFC 6891 §6.1.2)", edit({ rcode: 0 }, hasOption(OPTION.ECS))],
];

describe("a server that takes a liberty", () => {
  it.each(LIBERTIES)("breaks none of %s where %s", async (ids, _, liberty) => {
    let taken = 0;
    server.breakage = async (asked, good) => {
      const answered = await liberty(asked, good);
      if (answered !== good) taken++;
      return answered;
    };
    const { results } = await checkConformance({
      url: server.url,
      zone: APEX,
      http: "1.1",
      only: ids.split(" "),
      timeoutMs: DEFAULT_TIMEOUT_MS,
      signal: new AbortController().signal,
    });
    expect(results.filter(({ verdict }) => verdict.state === "fail")).toEqual([]);
    expect(results.length).toBe(ids.split(" ").length);
    expect(taken).toBeGreaterThan(0);
  });
});
