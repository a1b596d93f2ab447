/** unbound as a DoH server that is authoritative for a small zone: somebody else's, for the conformance runner to look at. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "../interop/certificate.ts";
import { startDaemon } from "../interop/daemon.ts";
import { scratch } from "../interop/seed.ts";
import { freePort } from "./free-port.ts";

const HOST = "127.0.0.1";

export interface UnboundDoh {
  readonly url: URL;
  /** PEM of the authority that vouches for it. */
  readonly ca: string;
  /** Its zone, with the final dot. */
  readonly zone: string;
}

const ZONE = "foreign.example.";
/** What a zone of ours has: several addresses, a service below an empty non-terminal, and a MINIMUM smaller than the SOA's TTL. */
const RECORDS = `$ORIGIN ${ZONE}
$TTL 300
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ A 192.0.2.1
@ A 192.0.2.2
@ AAAA 2001:db8::1
@ TXT "several" "strings"
ns1 A 192.0.2.53
_foreign._tcp SRV 0 1 443 ns1
`;

/** Starts unbound; it stops when `undo` does. */
export async function startUnboundDoh(undo: AsyncDisposableStack): Promise<UnboundDoh> {
  const folder = scratch(undo);
  const port = await freePort();
  const { certificate, key } = await makeCertificate([HOST], folder);
  const [file, zonefile] = [join(folder, "unbound.conf"), join(folder, "zone")];
  writeFileSync(zonefile, RECORDS);
  writeFileSync(
    file,
    `server:
  interface: ${HOST}@${port}
  https-port: ${port}
  tls-service-key: "${key}"
  tls-service-pem: "${certificate}"
  num-threads: 1
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "${ZONE}"
  zonefile: "${zonefile}"
  for-downstream: yes
  for-upstream: no
`,
  );
  const unbound = startDaemon({ command: "unbound", args: ["-d", "-c", file] });
  undo.defer(() => unbound.stop());
  await unbound.logged(/start of service/, 30);
  return { url: new URL(`https://${HOST}:${port}/dns-query`), ca: readFileSync(certificate, "utf8"), zone: ZONE };
}
