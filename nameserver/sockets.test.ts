import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { openSockets, UDP_SOCKETS } from "./sockets.ts";
import { openUdp, prefixAddress } from "./test-fuzz-client.ts";

const tcp = () => ({ server: createServer(), cut: () => {} });

const plain = (type: "udp4" | "udp6", reusePort: boolean) => createSocket({ type, reusePort });

describe("UDP sockets on one port", () => {
  it.runIf(process.platform === "linux")("share the clients among them, and lose none", async () => {
    const heard: Set<string>[] = [];
    const udp = (type: "udp4" | "udp6", reusePort: boolean) => {
      const clients = new Set<string>();
      heard.push(clients);
      return plain(type, reusePort).on("message", (_, { address, port }) => clients.add(`${address}:${port}`));
    };
    const sockets = await openSockets(["127.0.0.1"], 0, { udp, tcp });
    const clients = await Promise.all(Array.from({ length: 64 }, (_, i) => openUdp(prefixAddress(i))));
    for (const client of clients) client.send("?", sockets.port, "127.0.0.1");
    await expect.poll(() => heard.reduce((sum, { size }) => sum + size, 0)).toBe(clients.length);
    expect(heard).toHaveLength(UDP_SOCKETS);
    expect(heard.filter(({ size }) => size > 0).length).toBeGreaterThan(1);
    for (const client of clients) client.close();
    await sockets.close();
  });

  it("are one where the system does not let them share", async () => {
    let opened = 0;
    const udp = (type: "udp4" | "udp6", reusePort: boolean) => {
      const socket = createSocket(type);
      if (!reusePort) opened++;
      // What macOS and Windows say; here it can only be said for them.
      const refuse = (): typeof socket => {
        socket.emit("error", Object.assign(new Error("not supported"), { code: "ENOTSUP" }));
        return socket;
      };
      if (reusePort) socket.bind = refuse;
      return socket;
    };
    const sockets = await openSockets(["127.0.0.1"], 0, { udp, tcp });
    expect(opened).toBe(1);
    await sockets.close();
  });

  it("do not take a port that another server has", async () => {
    const other = createSocket("udp4");
    other.bind(0, "127.0.0.1");
    await once(other, "listening");
    await expect(openSockets(["127.0.0.1"], other.address().port, { udp: plain, tcp })).rejects.toMatchObject({ code: "EADDRINUSE" });
    other.close();
  });
});
