import * as fc from "fast-check";
import { expect, it } from "vitest";
import { DueHeap } from "./due-heap.ts";
import { record } from "./test-kit.ts";

it("yields records by due time, whatever is removed in between", () => {
  const items = fc.array(fc.record({ due: fc.nat(50), removed: fc.boolean() }), { maxLength: 80 });
  fc.assert(
    fc.property(items, (entries) => {
      const heap = new DueHeap();
      const records = entries.map(({ due }, n) => Object.assign(record(n), { due }));
      for (const each of records) heap.add(each);
      for (const [n, each] of records.entries()) if (entries[n]!.removed) heap.remove(each);
      const out: number[] = [];
      for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
        out.push(top.due);
        heap.remove(top);
      }
      expect(out).toEqual(
        entries
          .filter(({ removed }) => !removed)
          .map(({ due }) => due)
          .sort((a, b) => a - b),
      );
    }),
  );
});
