import { describe, expect, it } from "vitest";
import { keyId } from "./key.ts";

describe("keyId", () => {
  it("is the thumbprint of RFC 8037 appendix A.3", () => {
    expect(keyId("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});
