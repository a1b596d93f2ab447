import { describe, expect, it } from "vitest";
import * as v from "valibot";
import {
  decodeSnapshot,
  encodeSnapshot,
  MAX_SNAPSHOT_PEERS,
  SNAPSHOT_COLUMNS,
  SNAPSHOT_FORMAT,
  SnapshotError,
  SnapshotSchema,
  type PeerRow,
  type Snapshot,
} from "./snapshot.ts";

const ROW: PeerRow = ["1.2.3.4:8333", "409", 70_016, "/test:1/", 64_500, "DE"];

const snapshot = (peers: readonly unknown[], changes: object = {}): Snapshot =>
  Object.assign({
    format: SNAPSHOT_FORMAT,
    network: "devnet",
    seq: 1,
    previous: null,
    generated: 1_000,
    stale: 2_000,
    expires: 3_000,
    columns: [...SNAPSHOT_COLUMNS],
    peers: peers as PeerRow[],
    ...changes,
  } as const);

describe("decodeSnapshot", () => {
  it("is the inverse of encodeSnapshot", () => {
    const whole = snapshot([ROW, ["[2001:db8::1]:8333", "0", 0, "", null, null]]);
    expect(decodeSnapshot(encodeSnapshot(whole))).toEqual(whole);
    expect(decodeSnapshot(encodeSnapshot(snapshot([])))).toEqual(snapshot([]));
  });

  it.each([
    ["peers.1.0", [ROW, ROW.with(0, 5)]],
    ["peers.0.1", [ROW.with(1, "0409")]],
    ["peers.1.1", [ROW, [ROW[0], ["409"], ...ROW.slice(2)]]],
    ["peers.0.2", [ROW.with(2, "70016")]],
    ["peers.0.3", [ROW.with(3, null)]],
    ["peers.0.4", [ROW.with(4, "AS1")]],
    ["peers.0.5", [ROW.with(5, 49)]],
    ["peers.0.5", [ROW.slice(0, 5)]],
    ["peers.0.6", [[...ROW, "more"]]],
    ["peers.0", [{ 0: ROW[0], length: 6 }]],
    ["peers.0", [null]],
    ["peers.0", ["x"]],
  ])("names %s where a row is wrong there", (path, peers) => {
    const text = encodeSnapshot(snapshot(peers));
    const result = v.safeParse(SnapshotSchema, JSON.parse(text), { abortEarly: true });
    expect(result.success).toBe(false);
    expect(() => decodeSnapshot(text)).toThrow(new SnapshotError(`snapshot: ${path}: ${result.issues?.[0].message}`));
  });

  it.each([
    ["format", { format: "seedcast-snapshot-2" }],
    ["network", { network: "Dev" }],
    ["seq", { seq: 0 }],
    ["previous", { previous: "00" }],
    ["stale", { stale: -1 }],
    ["columns", { columns: "address" }],
    ["peers", { peers: {} }],
    ["peers", { peers: null }],
  ])("names %s", (path, changes) => {
    expect(() => decodeSnapshot(encodeSnapshot(snapshot([ROW], changes)))).toThrow(new RegExp(`^snapshot: ${path}: `));
  });

  it("refuses unknown members, and what is no JSON or no object", () => {
    const more = JSON.stringify({ ...snapshot([ROW]), more: 1 });
    for (const text of [more, "", "{", "[]", "null", "5"]) expect(() => decodeSnapshot(text)).toThrow(SnapshotError);
  });

  it("refuses more rows than a snapshot may have", () => {
    const rows = Array.from({ length: MAX_SNAPSHOT_PEERS }, () => ROW);
    expect(decodeSnapshot(encodeSnapshot(snapshot(rows))).peers).toHaveLength(MAX_SNAPSHOT_PEERS);
    expect(() => decodeSnapshot(encodeSnapshot(snapshot([...rows, ROW])))).toThrow(SnapshotError);
  });
});
