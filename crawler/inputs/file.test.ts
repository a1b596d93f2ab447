import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatAddress } from "../../schema/address.ts";
import { address, PUBLIC_NETWORK as NETWORK } from "../engine/test-kit.ts";
import { sampleReport } from "../push/registry-model.ts";
import { describeLeft, FILE_LIMITS, fileInput, parsePeerList, PeerFileError } from "./file.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "seedcast-file-"))));
afterAll(() => rm(folder, { recursive: true }));

const ONION = `${"a".repeat(56)}.onion`;
const texts = (list: string): string[] => parsePeerList(list, NETWORK).addresses.map(formatAddress);

async function read(content: string | Uint8Array, name = "peers"): ReturnType<typeof fileInput> {
  await writeFile(join(folder, name), content);
  return fileInput(join(folder, name), NETWORK);
}

describe("parsePeerList", () => {
  it("reads an address a line, with a port or on the network's own", () => {
    expect(texts("1.2.3.4:5\n5.6.7.8\r\n[2001:db8::1]:5\n2001:db8::2\n  9.9.9.9:1  \n")).toEqual(
      ["1.2.3.4:5", `5.6.7.8:${NETWORK.port}`, "[2001:db8::1]:5", `[2001:db8::2]:${NETWORK.port}`, "9.9.9.9:1"], //
    );
  });

  it("reads a list such as Bitcoin Core's", () => {
    const list = `# List of fixed seed nodes for main\n\n2.59.134.244:8333 # AS209103\n[2001:470::1]:8333 # AS6939\n${ONION}:8333\n`;
    expect(texts(list)).toEqual(["2.59.134.244:8333", "[2001:470::1]:8333", `${ONION}:8333`]);
  });

  it("reads what `seedcast crawl --once --json` and /api/addrs print", () => {
    const report = JSON.stringify(sampleReport("1.2.3.4:5"));
    expect(texts(`${report}\n{"host":"5.6.7.8:9","services":5,"pver":11}`)).toEqual(["1.2.3.4:5", "5.6.7.8:9"]);
  });

  it("names the lines that are none, the first few by number", () => {
    const list = parsePeerList(`1.2.3.4:5\nseed.example:1\n# nothing\n{"type":"progress"}\n{"address":\n`, NETWORK);
    expect(list).toMatchObject({ addresses: [{ host: "1.2.3.4" }], bad: 3, badLines: [2, 4, 5] });
    expect(describeLeft(list)).toBe("no address in line 2, 4, 5");
    expect(describeLeft(parsePeerList("nonsense\n".repeat(8), NETWORK))).toBe("no address in line 1, 2, 3, 4, 5 and 3 more");
  });

  it("takes so many of one host: nobody's list makes us scan somebody's ports", () => {
    const list = parsePeerList(Array.from({ length: 100 }, (_, n) => `1.2.3.4:${n + 1}`).join("\n"), NETWORK);
    expect(list).toMatchObject({ addresses: { length: FILE_LIMITS.perHost }, left: 100 - FILE_LIMITS.perHost });
    const loopback = Array.from({ length: 100 }, (_, n) => `127.0.0.1:${n + 1}`).join("\n");
    expect(parsePeerList(loopback, { ...NETWORK, scope: "loopback" }).left).toBe(0);
  });

  it("takes so many in all", () => {
    const lines = Array.from({ length: FILE_LIMITS.addresses + 5 }, (_, n) => formatAddress(address(n)));
    expect(parsePeerList(lines.join("\n"), NETWORK)).toMatchObject({ addresses: { length: FILE_LIMITS.addresses }, left: 5 });
  });

  it("gives addresses, whatever it reads, and reads back what it would print", () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePeerList(text, NETWORK)));
    fc.assert(
      fc.property(fc.nat(1_000_000), (n) => {
        expect(texts(formatAddress(address(n)))).toEqual([formatAddress(address(n))]);
      }),
    );
  });
});

describe("fileInput", () => {
  it("is an input of what stands in the file", async () => {
    expect(await read("1.2.3.4:5\n")).toEqual({
      kind: "file",
      name: join(folder, "peers"),
      how: "given",
      answer: { addresses: [{ family: "ipv4", host: "1.2.3.4", port: 5 }] },
    });
    expect((await read("1.2.3.4:5\nnonsense\n")).answer).toMatchObject({ problem: "no address in line 2" });
    expect((await read("")).answer).toEqual({ addresses: [] });
  });

  it("refuses a file that is something else, cannot be read, or has no end", async () => {
    await expect(read("1.2.3.4:5\nnonsense\nmore\n")).rejects.toThrow(/peers: is no list of addresses: no address in line 2, 3/);
    await expect(read(new Uint8Array(1_000).fill(7))).rejects.toThrow(PeerFileError);
    await expect(read(new Uint8Array(FILE_LIMITS.octets + 1).fill(10))).rejects.toThrow(`longer than ${FILE_LIMITS.octets} octets`);
    await expect(fileInput(join(folder, "none"), NETWORK)).rejects.toThrow("none: cannot be read");
    await expect(fileInput(folder, NETWORK)).rejects.toThrow("cannot be read");
    await expect(fileInput("/dev/zero", NETWORK)).rejects.toThrow("is longer than");
  });
});
