/** Options that several commands share. Each can come from the environment, for containers and service files. */
import { InvalidArgumentError, Option } from "commander";
import * as v from "valibot";
import { AddressError, formatAddress, parseAddress, type PeerAddress } from "../schema/address.ts";
import { PublicKeySchema } from "../schema/key.ts";
import { isPeerName } from "./peer-names.ts";

/** A value that is not what an option takes: commander says so, with the option's name. */
const refuse = (message: string): never => {
  throw new InvalidArgumentError(message);
};

/** A whole number within limits. */
export const parseNumber =
  (least: number, most: number) =>
  (text: string): number =>
    /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most
      ? Number(text)
      : refuse(`Expected a whole number from ${least} to ${most}.`);

/** The base URL of an edge. */
export function parseEdge(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return refuse("Expected a URL such as https://seed.example.org.");
  if (url.username !== "" || url.password !== "") return refuse("Expected a URL without a user name.");
  return url;
}

/** The name of a network as it stands in URLs. */
export const parseNetworkName = (text: string): string =>
  /^[a-z][a-z0-9-]{0,39}$/.test(text) ? text : refuse("Expected a network name: a-z, 0-9 and dashes.");

/** A raw Ed25519 public key. */
export const parsePublicKey = (text: string): string =>
  v.is(PublicKeySchema, text)
    ? text
    : refuse("Expected an Ed25519 public key: 43 characters of base64url, as `seedcast key show` prints it.");

/** A name of a place, as NSID can say it: printable ASCII, 64 characters at most. */
export const parseLocation = (text: string): string =>
  /^[\x21-\x7e]{1,64}$/.test(text) ? text : refuse("Expected up to 64 characters of ASCII without spaces, such as fra1.");

/** The address of a peer, with its port. */
export function parsePeer(text: string): PeerAddress {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return refuse(`${error.message}.`);
    throw error;
  }
}

/** A peer to start from: an address, or a host name with a port that is resolved later. */
export function parsePeerName(text: string): string {
  if (!isPeerName(text)) return parsePeerText(text);
  const port = Number(text.slice(text.lastIndexOf(":") + 1));
  return port >= 1 && port <= 65_535 ? text : refuse("A port is a number from 1 to 65535.");
}

/** The canonical text of a peer's address. */
export const parsePeerText = (text: string): string => formatAddress(parsePeer(text));

/** `host:port` to listen on; IPv6 in brackets, port 0 for any free one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<v4>[^:[\]]+)):(?<port>\d{1,5})$/i.exec(text)?.groups;
  const port = Number(match?.["port"] ?? Number.NaN);
  if (match === undefined || !(port <= 65_535)) return refuse("Expected host:port, such as 127.0.0.1:5300 or [::1]:5300.");
  return { host: match["v6"] ?? match["v4"] ?? "", port };
}

/** Collects an option that may be given several times, each with one value or several with commas between. */
export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] | undefined): readonly T[] => [
    ...(before ?? []),
    ...text.split(",").map((part) => parse(part.trim())),
  ];

export const edgeOption = (): Option => new Option("--edge <url>", "base URL of the edge").env("SEEDCAST_EDGE").argParser(parseEdge);

export const networkOption = (): Option =>
  new Option("-n, --network <name>", "the network, as the edge or `seedcast crawl --help` names it")
    .env("SEEDCAST_NETWORK")
    .argParser(parseNetworkName);

export const jsonOption = (): Option => new Option("--json", "print the result as JSON, for programs").env("SEEDCAST_JSON");

export const operatorKeyOption = (): Option =>
  new Option("--operator-key <file>", "private key file of an operator of the edge").env("SEEDCAST_OPERATOR_KEY");
