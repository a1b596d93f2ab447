/** Which peers an introducer tells of. */
import type { TimestampedPeer } from "../crawler/protocols/chia/peers.ts";
import type { Pool } from "../workers/sampling/pool.ts";
import { samplePool, type RandomInt } from "../workers/sampling/sample.ts";

/**
 * Draws up to `count` peers by the rules of every sample, IPv4 and IPv6 in turns: half of each where there are enough. On any port, as the message carries it;
 * with the time 0, as introducers do not vouch for one.
 */
export function introducedPeers(pool: Pool, count: number, random: RandomInt): TimestampedPeer[] {
  const [v4, v6] = [samplePool(pool, { family: "ipv4" }, count, random), samplePool(pool, { family: "ipv6" }, count, random)];
  const mixed = Array.from({ length: count }, (_, turn) => [v4[turn], v6[turn]]).flat();
  return mixed
    .flatMap((peer) => (peer === undefined ? [] : [{ host: peer.address.host, port: peer.address.port, timestamp: 0n }]))
    .slice(0, count);
}
