/** From a network to what carries its protocol. */
import type { Network, NetworkOf } from "../../schema/network.ts";
import { DEVNET_CHIA } from "../../schema/networks/devnet.ts";
import { tcpCarrier, type Carrier } from "./channel.ts";
import { chiaCarrier } from "./chia/carrier.ts";
import { certificateSource, loadCertificate, type CertificateOptions, type ChiaCertificate } from "./chia/certificate.ts";
import { devnetAuthority } from "./chia/devnet-authority.ts";

/** Where nobody says otherwise: one for the whole process, known to nobody else, and forgotten with it. */
const ownCertificate = certificateSource();
let devnetCertificate: Promise<ChiaCertificate> | undefined;

/** The carrier of a network's family. `certificate` is for Chia's networks, the devnet apart, and loaded at the first connection. */
export function carrierOf(network: Network, certificate?: CertificateOptions): Carrier {
  const { wire } = network;
  return wire.family === "chia" ? chiaCarrier(sourceOf(wire, certificate)) : tcpCarrier;
}

function sourceOf({ networkId }: NetworkOf<"chia">["wire"], options?: CertificateOptions): () => Promise<ChiaCertificate> {
  if (networkId === DEVNET_CHIA.wire.networkId) return loadDevnetCertificate;
  return options === undefined ? ownCertificate : certificateSource(options);
}

const loadDevnetCertificate = (): Promise<ChiaCertificate> =>
  (devnetCertificate ??= devnetAuthority().then((authority) => loadCertificate({ authority })));
