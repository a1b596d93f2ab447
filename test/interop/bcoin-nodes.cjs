/**
 * Runs several bcoin full nodes in one process, in memory, on public-looking addresses. Started by the interop tests.
 * Hears by IPC: {start: [{network, host, port, nodes}]}, {kill: "host"}; answers "started" and "killed".
 */
process.env.NODE_BACKEND = "js"; // bcoin's native parts need a compiler
const FullNode = require("bcoin/lib/node/fullnode");

const running = new Map();

async function start({ network, host, port, nodes }) {
  const node = new FullNode({
    network,
    host,
    port,
    nodes,
    publicHost: host,
    publicPort: port,
    listen: true,
    memory: true,
    workers: false,
    noWallet: true,
    noAuth: true,
    httpHost: "127.0.0.1",
    httpPort: 20_000 + running.size,
    seeds: [],
    maxOutbound: 8,
    logConsole: false,
    logFile: false,
  });
  await node.open();
  await node.connect();
  running.set(host, node);
}

process.on("message", async (message) => {
  if (message.start) {
    for (const options of message.start) await start(options);
    process.send("started");
  } else if (message.kill) {
    await running.get(message.kill).close();
    running.delete(message.kill);
    process.send("killed");
  }
});
process.on("disconnect", () => process.exit(0));
