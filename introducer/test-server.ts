/** For the tests: a server on a free port, with a peer to give away. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { DEVNET_CHIA } from "../schema/networks/devnet.ts";
import { Counters, type Counts } from "./counters.ts";
import { INTRODUCER_LIMITS, type IntroducerLimits } from "./limits.ts";
import { introducerServer, type IntroducerServer } from "./server.ts";
import { IntroducerSession } from "./session.ts";
import { AUTHORITY, CERTIFICATE, connectClient, greeting, request, type TestClient } from "./test-client.ts";

export let running: IntroducerServer;
export let counters: Counters;
export let port: number;

/** Starts a server with some limits changed. */
export async function serve(limits: Partial<IntroducerLimits> = {}): Promise<void> {
  counters = new Counters();
  const context = {
    network: DEVNET_CHIA,
    softwareVersion: "x",
    port: 0,
    sample: () => [{ host: "203.0.113.7", port: 8444, timestamp: 0n }],
  };
  running = introducerServer({
    certificate: { ...CERTIFICATE, authorityPem: AUTHORITY.certPem },
    limits: { ...INTRODUCER_LIMITS, ...limits },
    counters,
    session: () => new IntroducerSession(context),
    nowMs: () => 0,
  });
  running.server.listen(0, "127.0.0.1");
  await once(running.server, "listening");
  const address = running.server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
}

export const counted = (): Partial<Counts> => Object.fromEntries(Object.entries(counters.read()).filter(([, count]) => count > 0));
export const ended = (socket: Socket): Promise<void> =>
  new Promise(
    (resolve) =>
      void socket
        .on("error", () => {})
        .resume()
        .once("close", () => resolve()),
  );
export async function greeted(): Promise<TestClient> {
  const client = await connectClient(port);
  await client.ask(greeting());
  return client;
}
/** A good client is served. */
export async function isServed(): Promise<boolean> {
  try {
    const client = await greeted();
    await client.ask(request());
    client.socket.terminate();
    return true;
  } catch {
    return false;
  }
}
