import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAlone, pack, unpack, type SealedText } from "./parcel.ts";

const sealed = (text: string, seq = 1): SealedText => ({ text, seal: { seq, digest: "d".repeat(64), keyid: "k", signature: "s" } });
const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const utf8Length = (text: string): number => encode(text).length;
/** As KV gives it back: octets, and metadata that were JSON in between. */
const stored = ({ value, metadata }: ReturnType<typeof pack>) => unpack(encode(value), JSON.parse(JSON.stringify(metadata)));

/** Well-formed text, with all that takes one to four octets. */
const text = fc.string({ unit: "binary", maxLength: 60 }).map((each) => each.toWellFormed());

describe("a parcel", () => {
  it("has both documents' exact octets and seals, whatever characters are in them", () => {
    fc.assert(
      fc.property(text, text, (snapshot, bank) => {
        const parcel = stored(pack(sealed(snapshot), sealed(bank, 2), utf8Length));
        expect(parcel.snapshot).toEqual({ bytes: encode(snapshot), seal: sealed(snapshot).seal });
        expect(parcel.bank).toEqual({ bytes: encode(bank), seal: sealed(bank, 2).seal });
      }),
    );
  });

  it("is the snapshot as it was before there were banks, where there is none", () => {
    const packed = pack(sealed("née"), undefined, utf8Length);
    expect(packed).toEqual({ value: "née", metadata: sealed("née").seal });
    expect(stored(packed)).toEqual({ snapshot: { bytes: encode("née"), seal: sealed("née").seal }, bank: undefined });
  });

  it("tells by its metadata alone whether there is a bank, and nothing where these are neither's", () => {
    const alone = pack(sealed("s"), undefined, utf8Length).metadata;
    const both = pack(sealed("s"), sealed("b"), utf8Length).metadata;
    expect([alone, both, null, undefined, {}, "text", { snapshot: alone }].map(isAlone)).toEqual([true, ...Array<boolean>(6).fill(false)]);
  });

  it("counts octets, not characters", () => {
    const parcel = stored(pack(sealed("née €𝄞"), sealed("b"), utf8Length));
    expect(new TextDecoder().decode(parcel.snapshot.bytes)).toBe("née €𝄞");
    expect(new TextDecoder().decode(parcel.bank?.bytes)).toBe("b");
  });
});

describe("damaged metadata", () => {
  const bytes = encode("snapshotbank");
  const seal = sealed("snapshot").seal;

  it.each([
    null,
    undefined,
    "text",
    7,
    [],
    {},
    seal,
    { snapshot: seal, length: 8 },
    { snapshot: seal, bank: seal },
    { snapshot: seal, length: -1, bank: seal },
    { snapshot: seal, length: 1.5, bank: seal },
    { snapshot: seal, length: "8", bank: seal },
    { snapshot: seal, length: null, bank: seal },
    { snapshot: seal, length: 8, bank: seal, more: 1 },
  ])("%j makes one document of everything, whose seal it then is", (metadata) => {
    expect(unpack(bytes, metadata)).toEqual({ snapshot: { bytes, seal: metadata }, bank: undefined });
  });

  it("that states more octets than there are leaves none to the bank", () => {
    const parcel = unpack(bytes, { snapshot: seal, length: 1_000, bank: seal });
    expect([parcel.snapshot.bytes, parcel.bank?.bytes]).toEqual([bytes, new Uint8Array(0)]);
  });

  it("hands on whatever stands for a seal: who opens it refuses it", () => {
    const parcel = unpack(bytes, { snapshot: "none", length: 8, bank: null });
    expect([parcel.snapshot.seal, parcel.bank?.seal]).toEqual(["none", null]);
  });

  it("never loses or doubles an octet", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(60), (octets, length) => {
        const { snapshot, bank } = unpack(octets, { snapshot: 1, length, bank: 2 });
        expect([...snapshot.bytes, ...(bank?.bytes ?? [])]).toEqual([...octets]);
      }),
    );
  });
});
