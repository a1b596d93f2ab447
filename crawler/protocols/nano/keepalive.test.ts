import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { peerAt } from "../../../test/support/nano-peer.ts";
import { ipAddresses } from "../../../test/support/addresses.ts";
import { decodeKeepalive, encodeKeepalive } from "./keepalive.ts";

const peers = ipAddresses.filter(({ host, port }) => host !== "::" && port !== 0);
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** A payload of these slots, the rest empty. */
function slots(...filled: readonly (readonly number[])[]): Uint8Array {
  const payload = new Uint8Array(144);
  for (const [i, slot] of filled.entries()) payload.set(slot, 18 * i);
  return payload;
}

describe("keepalive", () => {
  it("comes back as it went, with an own port and six peers or eight without", () => {
    const cases = fc.oneof(
      fc.record({ ownPort: fc.integer({ min: 1, max: 65_535 }), peers: fc.array(peers, { maxLength: 6 }) }),
      fc.record({ ownPort: fc.constant(undefined), peers: fc.array(peers, { maxLength: 8 }) }),
    );
    fc.assert(
      fc.property(cases, (keepalive) => {
        const payload = encodeKeepalive(keepalive);
        expect(payload).toHaveLength(144);
        expect(decodeKeepalive(payload)).toEqual(keepalive);
      }),
    );
  });

  it("writes ports with the lower octet first, and IPv4 as mapped IPv6", () => {
    expect(encodeKeepalive({ ownPort: undefined, peers: [peerAt("25.1.2.3", 0x1234)] })).toEqual(
      slots([...MAPPED, 25, 1, 2, 3, 0x34, 0x12]),
    );
  });

  it("leaves out what cannot be dialled", () => {
    const nowhere = Array<number>(16).fill(0);
    const payload = slots(
      [...MAPPED, 25, 1, 2, 3, 0, 0], // no port
      [...nowhere, 1, 0], // no address: the mark of an own port stands in the first slot alone
      [...MAPPED, 25, 9, 9, 9, 1, 0],
    );
    expect(decodeKeepalive(payload)).toEqual({ ownPort: undefined, peers: [peerAt("25.9.9.9", 1)] });
    expect(decodeKeepalive(slots([...nowhere, 0xa3, 0x1b]))).toEqual({ ownPort: 7075, peers: [] });
  });

  it("takes an external address in the first slot for a peer", () => {
    expect(decodeKeepalive(slots([...MAPPED, 25, 1, 1, 1, 0xa3, 0x1b]))).toEqual({ ownPort: undefined, peers: [peerAt("25.1.1.1")] });
  });

  it("is malformed at any other length", () => {
    for (let length = 0; length < 144; length++) expect(() => decodeKeepalive(new Uint8Array(length))).toThrow("needs");
    expect(() => decodeKeepalive(new Uint8Array(145))).toThrow("too many");
  });

  it("cannot name more than there are slots, nor an overlay", () => {
    const many = Array.from({ length: 7 }, (_, i) => peerAt(`25.1.1.${i}`));
    expect(() => encodeKeepalive({ ownPort: 7075, peers: many })).toThrow("too many");
    expect(encodeKeepalive({ ownPort: undefined, peers: many })).toHaveLength(144);
    const host = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    expect(() => encodeKeepalive({ ownPort: undefined, peers: [{ family: "onion", host, port: 1 }] })).toThrow("is not an IP address");
  });
});
