/** From a network to what carries its protocol. */
import type { Network } from "../../schema/network.ts";
import { tcpCarrier, type Carrier } from "./channel.ts";
import { chiaCarrier } from "./chia/carrier.ts";
import { certificateSource, type CertificateOptions } from "./chia/certificate.ts";

/** Where nobody says otherwise: one for the whole process, known to nobody else, and forgotten with it. */
const ownCertificate = certificateSource();

/** The carrier of a network's family. `certificate` is for Chia's networks, and loaded at the first connection. */
export function carrierOf({ wire }: Network, certificate?: CertificateOptions): Carrier {
  if (wire.family !== "chia") return tcpCarrier;
  return chiaCarrier(certificate === undefined ? ownCertificate : certificateSource(certificate));
}
