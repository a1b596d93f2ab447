/** Peers as a person names them: literal addresses, or host names that the system resolves. */
import { lookup } from "node:dns/promises";
import { formatAddress, ipAddress, parseAddress, type PeerAddress } from "../schema/address.ts";
import { parseIpv6 } from "../schema/ip.ts";
import { CliError } from "./errors.ts";

/** A host name with a port. The last label has a letter, or it would be a misspelt IPv4 address. */
const NAMED = /^(?<host>(?:[a-z0-9_-]{1,63}\.)*[a-z0-9-]*[a-z][a-z0-9-]*)\.?:(?<port>\d{1,5})$/i;

/** The system's resolver; `node:dns/promises` has it. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

const systemLookup: Lookup = (host) => lookup(host, { all: true });

/** True for a host name with a port, as opposed to a literal address. */
export const isPeerName = (text: string): boolean => NAMED.test(text) && !/\.(?:onion|i2p)\.?:/i.test(text);

/** The addresses behind `host:port` texts; a name may stand for several. Rejects with `CliError` for a name that does not resolve. */
export async function resolvePeers(texts: readonly string[], ask: Lookup = systemLookup): Promise<PeerAddress[]> {
  const found = await Promise.all(texts.map(async (text) => (isPeerName(text) ? resolveName(text, ask) : [parseAddress(text)])));
  return [...new Map(found.flat().map((address) => [formatAddress(address), address])).values()];
}

async function resolveName(text: string, ask: Lookup): Promise<PeerAddress[]> {
  const { host = "", port = "" } = NAMED.exec(text)?.groups ?? {};
  try {
    return (await ask(host)).map(({ address }) => toAddress(address, Number(port)));
  } catch (cause) {
    throw new CliError(`--peer ${text}: the name does not resolve`, { cause, hint: "Give an address such as 192.0.2.7:8333." });
  }
}

const toAddress = (host: string, port: number): PeerAddress =>
  host.includes(":") ? ipAddress(parseIpv6(host), port) : parseAddress(`${host}:${port}`);
