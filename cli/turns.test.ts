import { expect, it } from "vitest";
import { onTurns } from "./turns.ts";

it("tells a state when it begins, of each subject by itself", () => {
  const told: string[] = [];
  const note = onTurns<readonly [string, string]>(
    (event) => void told.push(event.join(" ")),
    ([, state]) => state,
    ([subject]) => subject,
  );
  for (const event of ["a up", "a up", "b up", "a down", "b up", "a up"].map((text) => text.split(" "))) note([event[0]!, event[1]!]);
  expect(told).toEqual(["a up", "b up", "a down", "a up"]);
});
