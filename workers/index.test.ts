import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "./index.ts";
import { problemOf } from "./registry/test-registry.ts";

async function get(path: string, bindings: Env = env): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(new Request(`https://seed.example.org${path}`), bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

describe("the Worker", () => {
  it.each([
    ["/health", 200],
    ["/v1/networks", 200],
    ["/v1/networks/navio/peers/8.8.8.8:48470", 200],
    ["/v1/networks/navio/snapshots", 200],
    ["/v1/networks/navio/reports", 401],
    ["/v1/operator/vantages", 401],
    ["/nothing", 404],
  ])("answers %s with %i", async (path, status) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    if (status >= 400) expect(response.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("the index page", () => {
  it("names only what is there", async () => {
    const { endpoints }: { endpoints: Record<string, string> } = await (await get("/")).json();
    for (const template of Object.values(endpoints)) {
      const path = template
        .replace(/\{\?.*/, "")
        .replace("{network}", "navio")
        .replace("{address}", "8.8.8.8:48470");
      expect(await (await get(path)).text(), path).not.toContain("/problems/not-found");
    }
  });
});

describe("the Worker with variables that describe no deployment", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    "/health",
    "/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB",
    "/resolve?name=navio.seed.example.org",
    "/v1/networks/navio/peers/8.8.8.8:48470",
    "/v1/networks/navio/reports",
  ])("answers %s with a problem, and tells only the log which variable is wrong", async (path) => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const response = await get(path, { ...env, ZONES: [] });
    expect(await response.clone().text()).not.toContain("ZONES");
    expect(await problemOf(response)).toEqual({ status: 500, slug: "internal-error" });
    expect(JSON.stringify(log.mock.calls)).toContain("ConfigError: ZONES");
  });

  it("fails its minute tick by the variable's name", async () => {
    await expect(worker.scheduled(createScheduledController(), { ...env, ZONES: [] })).rejects.toThrow("ZONES");
  });
});
