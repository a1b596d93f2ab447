import * as fc from "fast-check";
import type { RequestListener } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { PUBLIC_NETWORK } from "../engine/test-kit.ts";
import { ADDRS_LIMITS, AddrsError, httpsInput, parseAddrs } from "./https.ts";
import type { InputAnswer } from "./input.ts";
import { startTestHttps, trustSeeder } from "./test-https.ts";

const NEVER = new AbortController().signal;
const NETWORK = { ...PUBLIC_NETWORK, services: "ffffffffffffffff" };

beforeAll(trustSeeder);

async function ask(answer: RequestListener): Promise<InputAnswer> {
  await using server = await startTestHttps(answer);
  const told = await httpsInput("seeder.example", NETWORK, server.dialName).ask(NEVER);
  expect(server.requested).toEqual(["/api/addrs?services=18446744073709551615"]);
  return told;
}

describe("an HTTPS seeder", () => {
  it("names peers as dcrseeder does", async () => {
    const body =
      '{"host":"203.0.113.7:9108","services":5,"pver":11}\n{"host":"[2001:db8::1]:9108","services":18446744073709551615,"pver":11}\n';
    const { addresses, problem } = await ask((_, response) => response.writeHead(200, { "content-type": "text/plain" }).end(body));
    expect(addresses.map(formatAddress)).toEqual(["203.0.113.7:9108", "[2001:db8::1]:9108"]);
    expect(problem).toBeUndefined();
  });

  it.each<[string, RequestListener]>([
    ["HTTP 404", (_, response) => void response.writeHead(404).end('{"host":"203.0.113.7:9108"}')],
    ["HTTP 301", (_, response) => void response.writeHead(301, { location: "https://evil.example/" }).end()],
    ["no addresses", (_, response) => void response.end("")],
    ["line 2 is not JSON", (_, response) => void response.end('{"host":"203.0.113.7:9108"}\n{"host":"203.0.1')],
    ["line 1 names no host", (_, response) => void response.end('["203.0.113.7:9108"]')],
    [`the answer is longer than ${ADDRS_LIMITS.octets} octets`, (_, response) => void response.end(" ".repeat(ADDRS_LIMITS.octets + 1))],
    ["no connection (ECONNRESET)", ({ socket }) => void socket.destroy()],
  ])("that fails says why: %s", async (problem, answer) => {
    expect(await ask(answer)).toEqual({ addresses: [], problem });
  });

  it("needs a host name", async () => {
    expect(await httpsInput("not a host", NETWORK, undefined).ask(NEVER)).toEqual({ addresses: [], problem: "is no host name" });
  });
});

describe("parseAddrs", () => {
  it("passes over what is no literal address with a port", () => {
    const lines = ["seed.example:1", "1.2.3.4", "", "999.1.1.1:1", "1.2.3.4:0", "1.2.3.4:5"].map((host) => JSON.stringify({ host }));
    expect(parseAddrs(lines.join("\r\n\n")).map(formatAddress)).toEqual(["1.2.3.4:5"]);
  });

  it("reads so many lines at most", () => {
    const line = '{"host":"1.2.3.4:5"}\n';
    expect(parseAddrs(line.repeat(ADDRS_LIMITS.lines + 10) + "nonsense")).toHaveLength(ADDRS_LIMITS.lines);
  });

  it("gives addresses or a named error, whatever it reads", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ host: fc.string() }).map((each) => JSON.stringify(each)),
    );
    fc.assert(
      fc.property(fc.array(texts), (lines) => {
        try {
          expect(parseAddrs(lines.join("\n")).length).toBeLessThanOrEqual(ADDRS_LIMITS.lines);
        } catch (error) {
          expect(error).toBeInstanceOf(AddrsError);
        }
      }),
    );
  });
});
