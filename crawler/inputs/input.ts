/** What all ways to a first address have in common: they are asked, and answer with addresses that are still to be verified. */
import { AddressError, parseAddress, type PeerAddress } from "../../schema/address.ts";

/**
 * `fixed`: the network's parameters. `peer`: `--peer`. `file`: a list of addresses. `dns`: a DNS seed. `https`: a seeder that answers `/api/addrs`.
 * `introducer`: a node that tells others where peers are. `snapshot`: what another Seedcast publishes.
 */
export type InputKind = "fixed" | "peer" | "file" | "dns" | "https" | "introducer" | "snapshot";

/** What an input is called, in counts, logs and the database. Kind and name together are its identity. */
export interface InputName {
  readonly kind: InputKind;
  /** A host name, an address, a URL or a file's path. */
  readonly name: string;
}

export interface InputAnswer {
  /** Hearsay: nobody is good for having been named. */
  readonly addresses: readonly PeerAddress[];
  /** What went wrong, for people and in our own words. Addresses may have come all the same. */
  readonly problem?: string;
  /** The problem is one that an attacker would make: to be shown loudly. */
  readonly alarm?: true;
}

/** Known before the crawl begins: taken at every start, and kept whatever gossip says. */
export interface GivenInput extends InputName {
  readonly how: "given";
  readonly answer: InputAnswer;
}

/** Costs somebody something: asked while too few peers are good, and believed no more than any other stranger. */
export interface AskedInput extends InputName {
  readonly how: "asked";
  /** Asks once. What goes wrong is part of the answer; rejects only for faults of ours. Resolves soon after the signal is aborted. */
  readonly ask: (signal: AbortSignal) => Promise<InputAnswer>;
  /** Unix seconds before which it has nothing new to tell, by its own word. */
  readonly freshUntil?: () => number;
}

export type Input = GivenInput | AskedInput;

/** An input of addresses that are there already. */
export const given = (kind: InputKind, name: string, answer: InputAnswer): GivenInput => ({ kind, name, how: "given", answer });

const TITLES: Readonly<Record<InputKind, string>> = {
  fixed: "fixed seeds of",
  peer: "peer",
  file: "file",
  dns: "DNS seed",
  https: "HTTPS seed",
  introducer: "introducer",
  snapshot: "snapshot of",
};

/** The name of all peers that the operator gave by their addresses, as one input. */
export const GIVEN_PEERS = "given";

/** The input for people: "DNS seed seed.example.org". */
export const inputTitle = ({ kind, name }: InputName): string =>
  kind === "peer" && name === GIVEN_PEERS ? "peers given" : `${TITLES[kind]} ${name}`;

/** The address that a stranger's text names, or undefined where it names none. */
export function readAddress(text: string): PeerAddress | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}
