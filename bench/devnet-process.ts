/** Child of bench/crawl.ts: a devnet of 20,000 addresses, 5,000 of them alive, in a process of its own. Says what a crawler needs, by IPC. */
import { startDevnet } from "../crawler/devnet/server.ts";

const devnet = await startDevnet({ preset: "bench" }, { port: 0 });
const alive = devnet.nodes.map(({ key }) => key).filter((key) => devnet.isUp(key));
process.send!({ network: devnet.network, alive, addresses: devnet.nodes.length });
process.on("disconnect", () => process.exit(0));
