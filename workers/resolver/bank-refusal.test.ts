import { describe, expect, it, vi } from "vitest";
import { TYPE } from "../dns/records.ts";
import type { KeySet } from "../dnssec/keys.ts";
import { ask, publishSigned, startSigned, type Pair } from "./test-bank.ts";
import { START, type TestEdge } from "./test-edge.ts";

/** The SOA's serial: the number of what is served. */
const serialOf = async (edge: TestEdge, apex: string): Promise<number> => {
  const { answer } = await ask(edge, apex, TYPE.SOA);
  const soa = answer.find(({ type }) => type === TYPE.SOA);
  return soa === undefined ? 0 : new DataView(soa.data.buffer).getUint32(soa.data.length - 20);
};

/** The bank of a pair, its document changed and sealed anew by the trusted key. */
const resealed =
  (edge: TestEdge, change: (bank: { sets: unknown[] }) => object) =>
  async ({ snapshot, bank }: Pair): Promise<Pair> => ({
    snapshot,
    bank: await edge.seal(JSON.stringify(change(JSON.parse(bank.text) as { sets: unknown[] })), snapshot.seal.seq),
  });

type Spoil = (edge: TestEdge, keys: KeySet) => (pair: Pair) => Pair | Promise<Pair>;

describe("a parcel is refused as a whole, and what is held is served on,", () => {
  it.each<[string, string, string, Spoil]>([
    [
      "whose bank nobody sealed",
      "unsealed",
      "d-unsealed",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, seal: { ...bank.seal, keyid: 1 } as never } }),
    ],
    [
      "whose bank another key sealed",
      "unknown-key",
      "d-unknown",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, seal: { ...bank.seal, keyid: "x" } } }),
    ],
    [
      "whose bank was changed",
      "bad-digest",
      "d-digest",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, text: bank.text.replace("60", "61") } }),
    ],
    [
      "whose bank has the snapshot's signature",
      "bad-signature",
      "d-signature",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, seal: { ...bank.seal, signature: snapshot.seal.signature } } }),
    ],
    [
      "whose bank is of another number than its seal says",
      "wrong-seq",
      "d-seal-seq",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, seal: { ...bank.seal, seq: 9 } } }),
    ],
    [
      "whose bank is of another number",
      "wrong-seq",
      "d-seq",
      (edge) =>
        async ({ snapshot, bank }) => ({ snapshot, bank: await edge.seal(bank.text.replace('"seq":2', '"seq":3'), 3) }),
    ],
    ["whose bank is another network's", "wrong-network", "d-network", (edge) => resealed(edge, (bank) => ({ ...bank, network: "other" }))],
    [
      "whose bank is another zone's",
      "wrong-network",
      "d-zone",
      (edge) => resealed(edge, (bank) => ({ ...bank, zone: "other.seed.example.org." })),
    ],
    ["whose bank has expired", "expired", "d-expired", (edge) => resealed(edge, (bank) => ({ ...bank, expires: START }))],
    [
      "whose bank does not follow its schema",
      "malformed",
      "d-schema",
      (edge) => resealed(edge, (bank) => ({ ...bank, sets: [["", 1, 60, [["!", ""]]]] })),
    ],
    [
      "whose bank is no JSON",
      "malformed",
      "d-json",
      (edge) =>
        async ({ snapshot, bank }) => ({ snapshot, bank: await edge.seal(bank.text.slice(1), 2) }),
    ],
    [
      "whose bank lacks NSEC",
      "malformed",
      "d-nsec",
      (edge) => resealed(edge, (bank) => ({ ...bank, sets: bank.sets.filter((set) => (set as number[])[1] !== TYPE.NSEC) })),
    ],
    [
      "whose bank has a sample that cannot be written",
      "malformed",
      "d-sample",
      (edge) => resealed(edge, (bank) => ({ ...bank, sets: [...bank.sets, ["zz", 16, 60, [["AAI", "AAEB"]]]] })),
    ],
    [
      "whose bank has a name that is none",
      "malformed",
      "d-name",
      (edge) => resealed(edge, (bank) => ({ ...bank, sets: [...bank.sets, ["..", 16, 60, [["AAEB", "AAEB"]]]] })),
    ],
    [
      "whose bank is cut off",
      "bad-digest",
      "d-cut",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, text: bank.text.slice(0, 100) } }),
    ],
    [
      "whose bank is nothing at all",
      "bad-digest",
      "d-empty",
      () =>
        ({ snapshot, bank }) => ({ snapshot, bank: { ...bank, text: "" } }),
    ],
  ])("%s: %s", async (_what, reason, network, spoil) => {
    const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { edge, keys, apex, trust, validator } = await startSigned(network);
    const good = await publishSigned(edge, keys, { seq: 1 });
    await trust();
    edge.clock.now += 60;
    await publishSigned(edge, keys, { seq: 2 }, spoil(edge, keys));
    await ask(edge, apex, TYPE.A);
    expect(await serialOf(edge, apex)).toBe(1);
    expect(await validator.judge(await ask(edge, apex, TYPE.A))).toBe("secure");
    expect(await (await edge.fetch(`/v1/networks/${network}/bank`)).text()).toBe(good.bank.text);
    expect(await (await edge.fetch("/metrics")).text()).toContain(
      `seedcast_refresh_failures_total{network="${network}",cause="${reason}"} 1\n`,
    );
    // An isolate that holds nothing has nothing to serve: a signed zone is never answered unsigned.
    const cold = edge.with({});
    expect((await ask(cold, apex, TYPE.A)).rcode).toBe(2);
    edge.clock.now += 60;
    await publishSigned(edge, keys, { seq: 3 });
    await ask(edge, apex, TYPE.A);
    expect(await serialOf(edge, apex)).toBe(3);
    warnings.mockRestore();
  });
});
