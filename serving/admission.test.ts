import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";

describe("admission", () => {
  it("lets in so many from one source, and counts each out once", () => {
    const admission = new Admission({ connections: 10, connectionsPerSource: 2 });
    const [first, second] = [admission.admit("192.0.2.1"), admission.admit("192.0.2.2")];
    expect(admission.admit("192.0.2.3")).toBeUndefined();
    expect(admission.admit("192.0.3.3")).toBeDefined();
    for (let times = 0; times < 3; times++) first?.();
    expect([admission.total, admission.admit("192.0.2.3") !== undefined]).toEqual([2, true]);
    expect(admission.admit("192.0.2.4")).toBeUndefined();
    second?.();
    expect(admission.admit("192.0.2.4")).toBeDefined();
  });

  it("lets in so many in all", () => {
    const admission = new Admission({ connections: 2, connectionsPerSource: 2 });
    const leave = admission.admit("192.0.2.1");
    admission.admit("2001:db8::1");
    expect(admission.admit("198.51.100.1")).toBeUndefined();
    leave?.();
    expect(admission.admit("198.51.100.1")).toBeDefined();
  });
});
