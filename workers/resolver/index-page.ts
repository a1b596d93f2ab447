/** `/`: what is here, for whoever opens the edge in a browser or with curl. */
import { json, type Handler } from "../endpoint.ts";
import { isolateOf } from "./isolate.ts";

const ENDPOINTS = {
  doh: "/dns-query{?dns}",
  json_doh: "/resolve{?name,type}",
  networks: "/v1/networks",
  status: "/v1/networks/{network}",
  peers: "/v1/networks/{network}/peers{?count,family,services,min_version,format}",
  check: "/v1/networks/{network}/peers/{address}",
  snapshot: "/v1/networks/{network}/snapshot",
  snapshots: "/v1/networks/{network}/snapshots",
  addrs: "/api/addrs{?ipversion,services,pver}",
  ready: "/ready",
  metrics: "/metrics",
} as const;

/** What vantages look up by the usual tables is theirs (CC BY 4.0), and they ask for a link where it is shown. */
const CREDITS = {
  asn: "RouteViews, https://www.routeviews.org",
  country: "IP Geolocation by DB-IP, https://db-ip.com",
} as const;

export const indexHandler: Handler = (c) => {
  const zones = isolateOf(c.env).networks.map(({ served: { network, zone } }) => ({
    network: network.name,
    title: network.title,
    zone: zone.name,
  }));
  return json({ service: "seedcast", zones, endpoints: ENDPOINTS, credits: CREDITS }, "public, max-age=300");
};
