/** A process of its own that sends one query by UDP as fast as it can, until it is killed. Says how many so far, whenever it is asked. */
import { createSocket } from "node:dgram";

const [, , port, address, hex] = process.argv;
const query = Buffer.from(hex ?? "", "hex");

/** Datagrams between two looks at anything else. */
const BURST = 64;

const socket = createSocket("udp4");
let sent = 0;
socket.on("message", () => {}); // what comes back is thrown away
socket.on("error", () => {}); // nobody listens there any more
function pour(): void {
  for (let i = 0; i < BURST; i++) socket.send(query, () => sent++);
  setImmediate(pour);
}

socket.bind(0, address, () => socket.connect(Number(port), "127.0.0.1", pour));
process.on("message", () => process.send?.(sent));
process.on("disconnect", () => process.exit());
