import { describe, expect, it } from "vitest";
import { sealFromHeaders } from "../../schema/seal.ts";
import { createTestEdge } from "./test-edge.ts";

describe("/v1/networks/{network}/snapshot", async () => {
  const edge = await createTestEdge("mirror");
  const { text, seal } = await edge.publish({ seq: 3 });
  const path = "/v1/networks/mirror/snapshot";

  it("passes on the exact signed bytes, with the seal in headers and beside it", async () => {
    const response = await edge.fetch(path);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("content-length")).toBe(String(text.length));
    expect(response.headers.get("access-control-expose-headers")).toContain("seedcast-signature");
    expect(sealFromHeaders((name) => response.headers.get(name))).toEqual(seal);
    expect(await response.text()).toBe(text);
    const sidecar = await edge.fetch(`${path}.sig`);
    expect(await sidecar.json()).toEqual(seal);
  });

  it.each(['"DIGEST"', 'W/"DIGEST"', '"other", "DIGEST"', "*"])("answers 304 to If-None-Match: %s", async (tag) => {
    const response = await edge.fetch(path, { headers: { "if-none-match": tag.replace("DIGEST", seal.digest) } });
    expect(response.status).toBe(304);
    expect(response.headers.get("etag")).toBe(`"${seal.digest}"`);
    expect(response.headers.get("seedcast-seq")).toBe("3");
    expect(await response.text()).toBe("");
  });

  it("answers 200 to a tag that is not its own", async () => {
    const response = await edge.fetch(path, { headers: { "if-none-match": '"other"' } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});
