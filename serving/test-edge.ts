/** For the tests: an edge that is a real HTTP server on loopback, with a signing key and a switch. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ListedNetwork } from "../schema/listing.ts";
import type { Network } from "../schema/network.ts";
import { DEVNET } from "../schema/networks/devnet.ts";
import { sealHeaders } from "../schema/seal.ts";
import { encodeSnapshot, SNAPSHOT_COLUMNS, SNAPSHOT_FORMAT, type PeerRow, type Snapshot, type SnapshotSeal } from "../schema/snapshot.ts";
import { ZoneSchema, type Zone } from "../schema/zone.ts";
import { newSigner, sealText, type Sealed } from "../test/support/sealed-chain.ts";
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
  /** While set, questions for the bank are answered with this status and nothing more. */
  bankBroken: number | undefined;
  /** The zone as the list has it. */
  zone: Zone;
  publish(change?: Partial<Snapshot>, spoil?: (seal: SnapshotSeal) => SnapshotSeal): void;
  /** Serves this bank, sealed; without text there is none. */
  publishBank(text?: string, seq?: number, spoil?: (seal: SnapshotSeal) => SnapshotSeal): void;
  close(): Promise<void>;
}

/** Starts one that serves `network`, with nothing published yet. */
export async function startTestEdge(network: Network = DEVNET): Promise<TestEdge> {
  const signer = newSigner();
  const served = new Map<number, number>();
  let current: Sealed | undefined;
  let bank: Sealed | undefined;
  const sealed = (text: string, seq: number, spoil: (seal: SnapshotSeal) => SnapshotSeal): Sealed => {
    const { bytes, seal } = sealText(text, seq, signer);
    return { bytes, seal: spoil(seal) };
  };

  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (edge.down) {
      request.socket.destroy();
      return;
    }
    if (request.url === "/v1/networks") {
      const listed: ListedNetwork = {
        network: network.name,
        zone: { ...edge.zone, network },
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
      const tag = `"${bank?.seal.digest}"`;
      if (edge.bankBroken !== undefined) response.writeHead(edge.bankBroken).end();
      else if (bank === undefined) response.writeHead(404).end(JSON.stringify({ type: "/problems/no-bank" }));
      else if (request.headers["if-none-match"] === tag) response.writeHead(304).end();
      else response.writeHead(200, { etag: tag, ...sealHeaders(bank.seal) }).end(bank.bytes);
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
    else response.writeHead(200, { etag, ...sealHeaders(current.seal) }).end(current.bytes);
  };

  const server = createServer(respond);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const edge: TestEdge = {
    url: new URL(`http://127.0.0.1:${port}`),
    publicKey: signer.publicKey,
    served,
    down: false,
    bankBroken: undefined,
    zone: ZONE,
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
      current = sealed(text, change.seq ?? 1, spoil);
    },
    publishBank: (text, seq = 1, spoil = (seal) => seal) => {
      bank = text === undefined ? undefined : sealed(text, seq, spoil);
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
