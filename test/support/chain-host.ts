/** A web server that serves a chain of snapshots as an edge does, and lies as it is told. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChainLink, ChainPage } from "../../schema/chain.ts";
import { sealHeaders } from "../../schema/seal.ts";
import { decodeSnapshot } from "../../schema/snapshot.ts";
import type { Sealed } from "./sealed-chain.ts";

/** Links in a page. */
const PAGE = 4;

export interface HostedChain {
  /** Oldest first, from number 1. */
  readonly chain: readonly Sealed[];
  /** The lowest number whose bytes are kept. */
  readonly kept?: number;
  /** In place of the chain's own, newest first. */
  readonly links?: readonly ChainLink[];
  /** Whether only the newest is there, as at a mirror without a registry. */
  readonly bare?: boolean;
}

export interface ChainHost {
  readonly url: string;
  serve(hosted: HostedChain): void;
  close(): Promise<void>;
}

/** The link of a snapshot. */
export function linkOf({ bytes, seal }: Sealed): ChainLink {
  const { previous, peers, generated } = decodeSnapshot(Buffer.from(bytes).toString("utf8"));
  return { ...seal, previous, created: generated, peers: peers.length, kept: false };
}

/** Starts one on loopback for `network`. */
export async function startChainHost(network: string, first: HostedChain): Promise<ChainHost> {
  let hosted = first;
  const find = (path: string): { status: number; sealed?: Sealed | undefined; page?: ChainPage } => {
    const { chain, kept = 1, links = chain.map(linkOf).toReversed(), bare = false } = hosted;
    const url = new URL(path, "http://localhost");
    const base = `/v1/networks/${network}/`;
    if (!url.pathname.startsWith(base)) return { status: 404 };
    const name = url.pathname.slice(base.length);
    if (name === "snapshot") return { status: 200, sealed: chain.at(-1) };
    if (bare) return { status: 404 };
    if (name === "snapshots") {
      const below = links.filter(({ seq }) => seq < Number(url.searchParams.get("before") ?? Infinity));
      const snapshots = below.slice(0, PAGE);
      return { status: 200, page: { network, snapshots, next: below.length > PAGE ? (snapshots.at(-1)?.seq ?? null) : null } };
    }
    const seq = Number(name.slice("snapshots/".length));
    return seq < kept ? { status: 410 } : { status: 200, sealed: chain[seq - 1] };
  };
  const server = createServer((request, response) => {
    const { status, sealed, page } = find(request.url ?? "/");
    if (sealed !== undefined) response.writeHead(status, sealHeaders(sealed.seal)).end(sealed.bytes);
    else response.writeHead(page === undefined && status === 200 ? 404 : status).end(page && JSON.stringify(page));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next) => (hosted = next),
    close: async () => {
      const closed = once(server, "close");
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
}
