import { describe, expect, it } from "vitest";
import { createTestEdge } from "./test-edge.ts";

const PATHS = [
  "/",
  "/health",
  "/ready",
  "/metrics",
  "/v1/networks",
  "/v1/networks/http",
  "/v1/networks/http/peers",
  "/v1/networks/http/snapshot",
  "/v1/networks/http/snapshot.sig",
  "/api/addrs",
];

describe("every public endpoint", async () => {
  const edge = await createTestEdge("http");
  await edge.publish();

  it.each(PATHS)("%s answers GET and HEAD alike, open to all origins and without a cookie", async (path) => {
    const headers = { host: "http.seed.example.org" };
    const get = await edge.fetch(path, { headers });
    const head = await edge.fetch(path, { method: "HEAD", headers });
    expect(get.status).toBe(200);
    expect(head.status).toBe(200);
    expect((await get.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
    for (const response of [get, head]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("set-cookie")).toBeNull();
      expect(response.headers.get("content-type")).toBe(get.headers.get("content-type"));
    }
  });

  it.each(PATHS)("%s answers the preflight, and 405 with Allow to other methods", async (path) => {
    const preflight = await edge.fetch(path, { method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, HEAD, OPTIONS");
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const refused = await edge.fetch(path, { method });
      expect(refused.status).toBe(405);
      expect(refused.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      expect(refused.headers.get("access-control-allow-origin")).toBe("*");
      expect(refused.headers.get("access-control-expose-headers")).toContain("retry-after");
      expect(await refused.json()).toMatchObject({ type: "/problems/method-not-allowed", status: 405 });
    }
  });

  it.each([
    "/nothing",
    "/v1",
    "/v1/networks/http/nothing",
    "/v1/networks/unknown",
    "/v1/networks/unknown/peers",
    "/v1/networks/constructor",
  ])("%s is a 404 problem", async (path) => {
    const response = await edge.fetch(path);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 404 });
  });
});
