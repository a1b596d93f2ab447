/** For the tests: an edge that is a real HTTP server on loopback, with a signing key and a switch. */
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { keyId } from "../schema/key.ts";
import type { ListedNetwork } from "../schema/listing.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { sealHeaders } from "../schema/seal.ts";
import {
  encodeSnapshot,
  SNAPSHOT_COLUMNS,
  SNAPSHOT_FORMAT,
  snapshotDigest,
  type PeerRow,
  type Snapshot,
  type SnapshotSeal,
} from "../schema/snapshot.ts";
import { ZoneSchema, type Zone } from "../schema/zone.ts";
import * as v from "valibot";

export const START = 1_800_000_000;
export const APEX = "devnet.seed.example.org";

/** 40 IPv4 and 30 IPv6 peers, each in a netgroup of its own. */
export const ROWS: PeerRow[] = [
  ...Array.from({ length: 40 }, (_, i): PeerRow => [`20.${i}.0.1:28333`, "409", 70016, "/x/", null, null]),
  ...Array.from({ length: 30 }, (_, i): PeerRow => [`[2a${10 + i}::1]:28333`, "409", 70016, "/x/", null, null]),
];

export const ZONE: Zone = v.parse(ZoneSchema, {
  name: `${APEX}.`,
  network: DEVNET,
  nameservers: ["ns1.example.org."],
  contact: "hostmaster.example.org.",
});

export interface TestEdge {
  readonly url: URL;
  readonly publicKey: string;
  /** Answers by status code, of snapshots only. */
  readonly served: Map<number, number>;
  /** While true every connection is cut. */
  down: boolean;
  publish(change?: Partial<Snapshot>, spoil?: (seal: SnapshotSeal) => SnapshotSeal): void;
  close(): Promise<void>;
}

/** Starts one that serves `network`, with nothing published yet. */
export async function startTestEdge(network: Network = DEVNET): Promise<TestEdge> {
  const pair = generateKeyPairSync("ed25519");
  const publicKey = pair.publicKey.export({ format: "jwk" }).x ?? "";
  const served = new Map<number, number>();
  let current: { text: string; seal: SnapshotSeal } | undefined;

  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (edge.down) {
      request.socket.destroy();
      return;
    }
    if (request.url === "/v1/networks") {
      const listed: ListedNetwork = {
        network: network.name,
        zone: { ...ZONE, network },
        freshness: "fresh",
        servable: ROWS.length,
        seq: 1,
        generated: START,
        expires: START,
        age: 0,
      };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ networks: [listed] }));
      return;
    }
    if (request.url === `/v1/networks/${network.name}/bank`) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${current?.seal.digest}"`;
    const status =
      current === undefined || request.url !== `/v1/networks/${network.name}/snapshot`
        ? 503
        : request.headers["if-none-match"] === etag
          ? 304
          : 200;
    served.set(status, (served.get(status) ?? 0) + 1);
    if (current === undefined || status !== 200) response.writeHead(status).end();
    else response.writeHead(200, { etag, ...sealHeaders(current.seal) }).end(current.text);
  };

  const server = createServer(respond);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const edge: TestEdge = {
    url: new URL(`http://127.0.0.1:${port}`),
    publicKey,
    served,
    down: false,
    publish: (change = {}, spoil = (seal) => seal) => {
      const head = {
        format: SNAPSHOT_FORMAT,
        network: network.name,
        seq: 1,
        previous: null,
        columns: [...SNAPSHOT_COLUMNS],
        peers: ROWS,
      } as const;
      const text = encodeSnapshot({
        ...head,
        generated: START,
        stale: START + 900,
        expires: START + 86_400,
        columns: [...SNAPSHOT_COLUMNS],
        ...change,
      });
      const bytes = Buffer.from(text);
      const signature = sign(null, bytes, pair.privateKey).toString("base64url");
      current = { text, seal: spoil({ seq: change.seq ?? 1, digest: snapshotDigest(bytes), keyid: keyId(publicKey), signature }) };
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return edge;
}
