/** That nodes are told apart by their certificates, and each by the same. */
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { expect, it } from "vitest";
import { DEVNET_CHIA } from "../../../schema/networks/devnet.ts";
import { CHIA_AUTHORITY } from "../../net/chia/authority.ts";
import { loadCertificate } from "../../net/chia/certificate.ts";
import { startDevnet } from "../server.ts";

it("gives each node a certificate of its own under Chia's authority, always the same", async () => {
  await using devnet = await startDevnet({ nodes: 3, entries: 3, alive: 1, habits: {}, ipv6: 0 }, { port: 0, network: DEVNET_CHIA });
  const { context: secureContext } = await loadCertificate();
  const { publicKey } = new X509Certificate(CHIA_AUTHORITY.certPem);
  const shown = (host: string, port: number): Promise<X509Certificate | undefined> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, secureContext, servername: "", checkServerIdentity: () => undefined }, () => {
        resolve(socket.getPeerX509Certificate());
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const fingerprints = new Set<string | undefined>();
  for (const { address } of [...devnet.nodes, ...devnet.nodes]) {
    const certificate = await shown(address.host, address.port);
    expect(certificate?.verify(publicKey)).toBe(true);
    fingerprints.add(certificate?.fingerprint256);
  }
  expect(fingerprints.size).toBe(3);
});
