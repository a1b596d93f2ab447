import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "./index.ts";

async function get(path: string): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(new Request(`https://seed.example.org${path}`), env, context);
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
