/** A DNS server on loopback for tests, and a resolver that asks it alone. */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import * as dnsPacket from "dns-packet";
import type { SeedResolver } from "./dns.ts";

/** What stands under a name: addresses of both families, a response code, or nothing, not even an answer. */
export type TestZone = Readonly<Record<string, readonly string[] | "SERVFAIL" | "silence">>;

export interface TestDns extends AsyncDisposable {
  /** Questions so far, by name and type: "seed.example A". */
  readonly asked: readonly string[];
  /** A new resolver each time, as `dnsInput` wants it. */
  readonly resolver: () => SeedResolver;
}

const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Starts a server on a free port. The zone is looked at anew for each question. */
export async function startTestDns(zone: TestZone): Promise<TestDns> {
  const asked: string[] = [];
  const server = createSocket("udp4");
  server.on("message", (message, { address, port }) => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    if (question === undefined || (question.type !== "A" && question.type !== "AAAA")) return;
    const { name, type } = question;
    asked.push(`${name} ${type}`);
    const records = zone[name];
    if (records === "silence") return;
    const code = records === undefined ? NXDOMAIN : records === "SERVFAIL" ? SERVFAIL : 0;
    const hosts = Array.isArray(records) ? records.filter((host) => host.includes(":") === (type === "AAAA")) : [];
    const answers = hosts.map((data): dnsPacket.Answer => ({ name, type, ttl: 60, data }));
    server.send(dnsPacket.encode({ id: query.id ?? 0, type: "response", flags: code, questions: [question], answers }), port, address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    resolver: () => {
      const resolver = new Resolver({ timeout: 5_000, tries: 1 });
      resolver.setServers([`127.0.0.1:${server.address().port}`]);
      return resolver;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
