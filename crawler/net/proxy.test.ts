import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProxy, ProxyFormatError, proxyName } from "./proxy.ts";

describe("parseProxy", () => {
  it.each([
    ["127.0.0.1:9050", { host: "127.0.0.1", port: 9_050 }],
    ["[::1]:9050", { host: "::1", port: 9_050 }],
    ["tor:9050", { host: "tor", port: 9_050 }],
    ["socks5://localhost:1080/", { host: "localhost", port: 1_080 }],
    ["socks5h://127.0.0.1:1", { host: "127.0.0.1", port: 1 }],
    ["socks5://me:s3cr%40t@[::1]:1080", { host: "::1", port: 1_080, credentials: { username: "me", password: "s3cr@t" } }],
  ])("reads %s", (text, proxy) => {
    expect(parseProxy(text)).toEqual(proxy);
  });

  it.each([
    "",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    ":9050",
    "::1:9050",
    "http://127.0.0.1:3128",
    "socks4://127.0.0.1:1080",
    "socks5://127.0.0.1:1080/path",
    "socks5://127.0.0.1:1080?query",
    "socks5://hunter2@127.0.0.1:1080",
    "socks5://:hunter2@127.0.0.1:1080",
    "socks5://me:%zz@127.0.0.1:1080",
    `socks5://me:${"x".repeat(256)}@127.0.0.1:1080`,
  ])("refuses %j", (text) => {
    expect(() => parseProxy(text)).toThrow(ProxyFormatError);
  });

  it("never repeats a password", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (tail) => {
        try {
          expect(proxyName(parseProxy(`socks5://me:hunter2@${tail}`))).not.toContain("hunter2");
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyFormatError);
          expect(String(error)).not.toContain("hunter2");
        }
      }),
    );
  });

  it("is named without what it is logged in with", () => {
    expect(proxyName(parseProxy("socks5://me:hunter2@[::1]:1080"))).toBe("[::1]:1080");
    expect(proxyName(parseProxy("tor:9050"))).toBe("tor:9050");
  });
});
