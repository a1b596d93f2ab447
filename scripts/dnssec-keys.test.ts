import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CliError } from "../cli/errors.ts";
import { newZoneKeys } from "../test/support/zone-keys.ts";
import { formatKeySets, MAX_KEY_SETS_LENGTH, parseKeySets, unsignedSet } from "../workers/dnssec/keys.ts";
import { localDnssecKeys } from "./dnssec-keys.ts";

const [ZONE, OTHER] = ["devnet.seed.example.org.", "other.seed.example.org."];

const folder = mkdtempSync(join(tmpdir(), "seedcast-local-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "keys.json");

describe("the secret of a local edge", () => {
  it("says without a file that every zone is unsigned on purpose", async () => {
    expect(parseKeySets(await localDnssecKeys(undefined, [ZONE, OTHER]))).toEqual([unsignedSet(ZONE), unsignedSet(OTHER)]);
  });

  it("has the file's sets, and says that of the zones that it does not name", async () => {
    const keys = newZoneKeys(ZONE);
    writeFileSync(file, keys);
    expect(parseKeySets(await localDnssecKeys(file, [OTHER, ZONE]))).toEqual([...parseKeySets(keys), unsignedSet(OTHER)]);
    writeFileSync(file, formatKeySets([unsignedSet(ZONE)]));
    expect(parseKeySets(await localDnssecKeys(file, [ZONE]))).toEqual([unsignedSet(ZONE)]);
  });

  it.each<[string, string | undefined, string]>([
    ["is missing", undefined, "cannot be read"],
    ["is no JSON", "{", "keys are not JSON"],
    ["names another zone", formatKeySets([unsignedSet(OTHER)]), "has no keys for what is served here"],
    ["is too long", formatKeySets([unsignedSet(ZONE)]).padEnd(MAX_KEY_SETS_LENGTH + 1), "prune"],
  ])("is not made of a file that %s", async (_, text, message) => {
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    const made = localDnssecKeys(file, [ZONE]);
    await expect(made).rejects.toThrow(CliError);
    await expect(made).rejects.toThrow(`${file}: `);
    await expect(made).rejects.toThrow(message);
  });
});
