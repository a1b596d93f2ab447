/** The ways in which a question comes to us: over HTTPS with either method, over HTTP/2 in clear, by UDP and by TCP. */
import { DOH_HOST, DOH_PATH, type Nghttpx } from "./nghttpx.ts";
import type { JudgedSeed } from "./judged-seed.ts";

export interface Channel {
  readonly title: string;
  readonly kind: "doh" | "udp" | "tcp";
  /** How dig is told to take it. */
  readonly dig: (seed: JudgedSeed, front: Nghttpx) => readonly string[];
}

const at = (host: string, port: number): readonly string[] => [`@${host}`, "-p", String(port)];

const https =
  (option: "+https" | "+https-get"): Channel["dig"] =>
  (_, { host, port, certificate }) => [...at(host, port), `${option}=${DOH_PATH}`, `+tls-ca=${certificate}`, `+tls-hostname=${DOH_HOST}`];

const clear =
  (option: "+http-plain" | "+http-plain-get"): Channel["dig"] =>
  (_, { host, plainPort }) => [...at(host, plainPort), `${option}=${DOH_PATH}`];

const nameserver =
  (...options: readonly string[]): Channel["dig"] =>
  ({ nameserver: { udpPort } }) => [...at("127.0.0.1", udpPort), ...options];

export const CHANNELS: readonly Channel[] = [
  { title: "DoH by POST", kind: "doh", dig: https("+https") },
  { title: "DoH by GET", kind: "doh", dig: https("+https-get") },
  { title: "DoH in clear by POST", kind: "doh", dig: clear("+http-plain") },
  { title: "DoH in clear by GET", kind: "doh", dig: clear("+http-plain-get") },
  { title: "UDP", kind: "udp", dig: nameserver("+notcp", "+ignore") },
  { title: "TCP", kind: "tcp", dig: nameserver("+tcp") },
];
