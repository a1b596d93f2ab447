/** Calls to hosts that others named: they may lead us to where peers can be, and nowhere else. */
import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isRoutable, type AddressScope } from "../../schema/routable.ts";
import { connectTo, DialError, type Dialer } from "../net/dial.ts";
import { readAddress } from "./input.ts";

/**
 * As `dialName`, or where there is no proxy as `connectTo`, but calls nobody out of scope: whoever holds the name of an introducer cannot have us talk into
 * our own network. What a name leads to behind a proxy is the proxy's to judge. Throws as both do.
 */
export function dialWithin(scope: AddressScope, dialName: Dialer["dialName"]): NonNullable<Dialer["dialName"]> {
  const call = dialName ?? ((...place) => connectTo(...place, lookupWithin(scope)));
  return async (host, port, options) => {
    if (isIP(host) !== 0 && !isWithin(host, scope)) throw outOfScope(scope);
    return call(host, port, options);
  };
}

/** Resolves a name by the system, for `net.connect`, and leaves out what is not within the scope. */
const lookupWithin =
  (scope: AddressScope): LookupFunction =>
  (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const within = found.filter(({ address }) => isWithin(address, scope));
      const [first] = within;
      if (first === undefined) callback(outOfScope(scope), "");
      else if (options.all === true) callback(null, within);
      else callback(null, first.address, first.family);
    });
  };

/** Whether a literal IP address is where peers of this scope can be. */
function isWithin(host: string, scope: AddressScope): boolean {
  const address = readAddress(host.includes(":") ? `[${host}]:1` : `${host}:1`);
  return (address?.family === "ipv4" || address?.family === "ipv6") && isRoutable(address, scope);
}

const outOfScope = (scope: AddressScope): DialError =>
  new DialError("unreachable", `leads to no ${scope === "public" ? "address of the public internet" : "loopback address"}`);
