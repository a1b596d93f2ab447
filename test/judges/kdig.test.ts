/** Knot's kdig: DoH by either method, identifier 0, padding, and its own reading of our messages as RFC 8427 has it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startJudgedSeed } from "./judged-seed.ts";
import { APEX, NETWORK, RARE, RARE_PEERS } from "./judged-zone.ts";
import { DOH_HOST, DOH_PATH, startNghttpx, type Nghttpx } from "./nghttpx.ts";

const run = promisify(execFile);
const undo = new AsyncDisposableStack();
let front: Nghttpx;

beforeAll(async () => {
  const seed = await startJudgedSeed(undo);
  front = await startNghttpx(undo, seed.edge.url);
}, 120_000);
afterAll(() => undo.disposeAsync());

const way = (method: string): string[] => {
  const { host, port, certificate } = front;
  const http = [`+https=${DOH_PATH}`, ...(method === "GET" ? ["+https-get"] : [])];
  return [`@${host}`, "-p", String(port), ...http, `+tls-ca=${certificate}`, `+tls-hostname=${DOH_HOST}`, "+norec"];
};
const kdig = async (method: string, ...args: readonly string[]): Promise<string> => (await run("kdig", [...way(method), ...args])).stdout;

/** What RFC 8427 calls the members. */
interface Json extends Readonly<Record<string, unknown>> {
  readonly answerRRs: readonly Readonly<Record<string, unknown>>[];
}
const json = async (method: string, ...args: readonly string[]): Promise<Json> => JSON.parse(await kdig(method, "+json", ...args)) as Json;

describe.each(["POST", "GET"])("kdig by %s", (method) => {
  it("H1, H12: gets an answer over HTTP/2, with the identifier 0 that it sent", async () => {
    const said = await kdig(method, "+header", `${RARE.label}.${APEX}`, "A");
    expect(said).toContain(`;; HTTP session (HTTP/2-${method})-(${DOH_HOST}${DOH_PATH})-(status: 200)`);
    expect(said).toMatch(
      /;; ->>HEADER<<- opcode: QUERY; status: NOERROR; id: 0\n;; Flags: qr aa; QUERY: 1; ANSWER: 1; AUTHORITY: 0; ADDITIONAL: 1/,
    );
    expect(said).toMatch(new RegExp(`^${RARE.label}\\.${APEX}\\.\\t60\\tIN\\tA\\t${RARE_PEERS.A}$`, "m"));
  });

  it.each([1, 128, 468, 4_000])("E9, H7: pads where the query has a padding of %i octets", async (octets) => {
    for (const [type, blocks] of [
      ["SOA", 1],
      ["A", 1],
      ["AAAA", 2],
    ] as const) {
      const { msgLength, RCODE } = await json(method, `+padding=${octets}`, APEX, type);
      expect({ type, msgLength, RCODE }).toEqual({ type, msgLength: 468 * blocks, RCODE: 0 });
    }
  });

  it("D1, D2, D3: reads the header that we wrote", async () => {
    const { answerRRs: _, ...header } = await json(method, "+noedns", APEX, "A");
    const flags = { QR: 1, Opcode: 0, AA: 1, TC: 0, RD: 0, RA: 0, AD: 0, CD: 0, RCODE: 0 };
    const counts = { QDCOUNT: 1, ANCOUNT: 25, NSCOUNT: 0, ARCOUNT: 0 };
    expect(header).toMatchObject({ ID: 0, ...flags, ...counts, QNAME: `${APEX}.`, QTYPEname: "A", QCLASSname: "IN" });
  });

  it("D10: reads the records that we wrote", async () => {
    const { answerRRs: a } = await json(method, `${RARE.label}.${APEX}`, "A");
    expect(a).toEqual([expect.objectContaining({ TYPEname: "A", TTL: 60, rdataA: RARE_PEERS.A, RDLENGTH: 4, RDATAHEX: "19630001" })]);
    const { answerRRs: aaaa } = await json(method, `${RARE.label}.${APEX}`, "AAAA");
    expect(aaaa).toEqual([expect.objectContaining({ rdataAAAA: RARE_PEERS.AAAA, RDLENGTH: 16 })]);
    const { answerRRs: srv } = await json(method, `_${NETWORK.name}._tcp.${APEX}`, "SRV");
    expect(srv).toHaveLength(25);
    for (const record of srv)
      expect(record).toMatchObject({
        TYPEname: "SRV",
        rdataSRV: expect.stringMatching(new RegExp(`^0 1 \\d+ [0-9a-f]+\\.peer\\.${APEX}\\.$`)),
      });
    const { answerRRs: txt } = await json(method, `_peers.${APEX}`, "TXT");
    for (const record of txt) expect(record).toMatchObject({ rdataTXT: expect.stringMatching(/^".+" "services=409"$/) });
  });
});
