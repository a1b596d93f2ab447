/** Harvesting scripted nodes: whom they name, what they say of themselves, and when enough was said. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { NANO, NANO_TEST } from "../../../schema/networks/nano.ts";
import { NanoScript, NOW, peerAt, START, TARGET, verified } from "../../../test/support/nano-peer.ts";
import { NANO_KEYS } from "../../../test/support/nano-vectors.ts";
import { encodeMessage, NANO_TYPE, payloadLength } from "./header.ts";
import { NANO_LIMITS, NANO_TIMEOUTS_MS } from "./limits.ts";

const PEERS = [peerAt("25.1.0.1"), peerAt("25.2.0.1", 54_321), peerAt("2a01:4f8::1")];
const PORT = { ownPort: 7075 };
const NO_PORT = { ownPort: undefined };
const hearsay = (addresses: readonly object[]) => ({
  type: "hearsay",
  entries: addresses.map((address) => ({ address, services: "0", time: NOW })),
});
const LEARNED = { type: "learned", evidence: { agent: "Nano 28.2.0", height: 200_000_000, uptime: 86_400 } };

describe("keepalives", () => {
  it("are hearsay of now; the first slot means the node's own port", () => {
    const script = verified().knows(PEERS, { ownPort: 17_075 });
    expect(script.events.at(-1)).toEqual(hearsay([{ ...TARGET, port: 17_075 }, ...PEERS]));
    expect(verified().knows(PEERS, NO_PORT).events.at(-1)).toEqual(hearsay(PEERS));
  });

  it("with peers have the session wait for telemetry, and take what else is named", () => {
    const script = verified().knows(PEERS, PORT, START + 300);
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.telemetry);
    script.knows([peerAt("25.3.0.1")], NO_PORT, START + 15_000);
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.telemetry);
    expect(script.kinds).toEqual(["verified", "hearsay", "hearsay"]);
    expect(script.tick(START + NANO_TIMEOUTS_MS.telemetry).kinds.at(-1)).toBe("done");
  });

  it("of a node that was just started name nobody else, and the next may", () => {
    const script = verified().knows([]);
    expect(script.events.at(-1)).toEqual(hearsay([TARGET]));
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.keepalive);
    expect(script.tells().knows(PEERS, PORT, START + 9_000).kinds).toEqual(["verified", "hearsay", "learned", "hearsay", "done"]);
  });

  it("that never come are no failure", () => {
    const script = verified();
    expect(script.tick(START + NANO_TIMEOUTS_MS.keepalive - 1).kinds).toEqual(["verified"]);
    expect(script.tick(START + NANO_TIMEOUTS_MS.keepalive).kinds).toEqual(["verified", "done"]);
  });

  it("that name nobody at all say nothing", () => {
    expect(verified().knows([], NO_PORT).kinds).toEqual(["verified"]);
  });

  it("of another network's nodes, which share the id, are passed over", () => {
    const network = { ...NANO, foreignPorts: [54_321, 7_075] };
    const script = new NanoScript({}, network).open().answers().knows(PEERS);
    expect(script.kinds).toEqual(["verified"]);
    expect(script.knows([peerAt("25.3.0.1", 7_076)]).events.at(-1)).toEqual(hearsay([peerAt("25.3.0.1", 7_076)]));
  });

  it("that never end are flooding", () => {
    const script = verified();
    for (let i = 0; i < NANO_LIMITS.keepalives; i++) script.knows(PEERS);
    expect(script.kinds.at(-1)).toBe("hearsay");
    expect(script.knows(PEERS).kinds.at(-1)).toBe("flooding");
    const entries = script.events.flatMap((event) => (event.type === "hearsay" ? event.entries : []));
    expect(entries.length).toBeLessThanOrEqual(8 * NANO_LIMITS.keepalives);
  });
});

describe("telemetry", () => {
  it("tells what the node runs, how far it is and since when, and is the end", () => {
    const script = verified()
      .knows(PEERS)
      .tells({}, NANO_KEYS.serverPrv, START + 59_000);
    expect(script.events.slice(-2)).toEqual([LEARNED, { type: "done" }]);
    expect(script.deadline).toBeUndefined();
  });

  it("may come before the keepalive, and say nothing first", () => {
    const script = verified().says(NANO_TYPE.telemetryAck, 0, new Uint8Array(0)).tells().tells({ major: 29 });
    expect(script.kinds).toEqual(["verified", "learned"]);
    expect(script.deadline).toBe(START + NANO_TIMEOUTS_MS.keepalive);
    expect(script.knows(PEERS).kinds).toEqual(["verified", "learned", "hearsay", "done"]);
  });

  it("may boast, but not beyond what a report can say", () => {
    const most = 2n ** 64n - 1n;
    expect(verified().tells({ cementedCount: most, uptime: most }).events.at(-1)).toEqual({
      type: "learned",
      evidence: { agent: "Nano 28.2.0", height: 0x7fff_ffff, uptime: 0xffff_ffff },
    });
  });

  it.each([
    ["of another node", { nodeId: NANO_KEYS.clientPub }, NANO_KEYS.clientPrv, "malformed"],
    ["signed by another", {}, NANO_KEYS.clientPrv, "malformed"],
    ["of another ledger", { genesis: hexToBytes(NANO_TEST.wire.genesis) }, NANO_KEYS.serverPrv, "wrong-network"],
  ])("%s is the end", (_, data, secret, failure) => {
    expect(verified().knows(PEERS).tells(data, secret).kinds).toEqual(["verified", "hearsay", failure]);
  });
});

describe("what we say", () => {
  it("is a query and a response, whatever comes: no port of ours, no telemetry", () => {
    const script = verified().knows([]);
    for (const [type, extensions] of [
      [NANO_TYPE.publish, 0x0600],
      [NANO_TYPE.confirmReq, 0x1000],
      [NANO_TYPE.confirmAck, 0xc000],
      [NANO_TYPE.telemetryReq, 0],
      [NANO_TYPE.ascPullReq, 34],
    ] as const) {
      script.sends(encodeMessage(script.network.wire, type, extensions, new Uint8Array(payloadLength({ type, extensions }))));
    }
    expect(script.tells().knows(PEERS).kinds.at(-1)).toBe("done");
    expect(script.sent.map(({ header }) => header.type)).toEqual([NANO_TYPE.handshake, NANO_TYPE.handshake]);
    expect(script.octets).toHaveLength(40 + 168);
  });
});

describe("a node that hangs up", () => {
  it("after it named peers has done its duty, before it has not", () => {
    expect(verified().knows(PEERS).hangsUp().kinds).toEqual(["verified", "hearsay", "done"]);
    expect(verified().knows([]).hangsUp().kinds).toEqual(["verified", "hearsay", "closed"]);
  });
});
