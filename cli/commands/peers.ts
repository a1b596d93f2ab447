/** `seedcast peers`: what an edge serves right now. */
import { Command, Option } from "commander";
import * as v from "valibot";
import { fetchAnswer, readAnswer } from "../edge.ts";
import { edgeOption, jsonOption, networkOption, parseNumber } from "../options.ts";
import { formatTable, plain, type Terminal } from "../terminal.ts";

const SampleSchema = v.object({
  seq: v.number(),
  freshness: v.string(),
  peers: v.array(
    v.object({
      address: v.string(),
      port: v.number(),
      services: v.string(),
      version: v.number(),
      agent: v.string(),
      asn: v.nullable(v.number()),
      country: v.nullable(v.string()),
    }),
  ),
});

interface PeersOptions {
  readonly network: string;
  readonly edge: URL;
  readonly count: number;
  readonly family?: string;
  readonly services?: string;
  readonly text?: true;
  readonly json?: true;
}

export const peersCommand = (terminal: Terminal): Command =>
  new Command("peers")
    .description("draw a fresh random sample of the peers that an edge serves")
    .addOption(networkOption().makeOptionMandatory())
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(new Option("-c, --count <n>", "how many").default(25).argParser(parseNumber(1, 100)))
    .addOption(new Option("--family <family>", "only these addresses").choices(["ipv4", "ipv6", "onion", "i2p", "cjdns"]))
    .option("--services <hex>", "only peers that offer these service bits")
    .option("--text", "one address a line and nothing else")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast peers --network navio --edge https://seed.example.org
  seedcast peers -n bitcoin --edge https://seed.example.org --count 5 --family ipv6 --text`,
    )
    .action(async ({ network, edge, count, family, services, text, json }: PeersOptions) => {
      const url = new URL(`/v1/networks/${network}/peers`, edge);
      const query = { count: String(count), ...(family === undefined ? {} : { family }), ...(services === undefined ? {} : { services }) };
      url.search = new URLSearchParams(query).toString();
      const answer = await fetchAnswer(url, "application/json", terminal.signal);
      const sample = readAnswer(url, answer, SampleSchema);
      if (json === true) return terminal.print(JSON.stringify(answer.value));
      const rows = sample.peers.map((peer) => ({
        ...peer,
        at: peer.address.includes(":") ? `[${peer.address}]:${peer.port}` : `${peer.address}:${peer.port}`,
      }));
      if (text === true) {
        for (const { at } of rows) terminal.print(plain(at));
        return;
      }
      const cells = rows.map(({ at, services: bits, version, agent, asn, country }) =>
        [at, bits, String(version), agent, asn === null ? "" : `AS${asn}`, country ?? ""].map(plain),
      );
      if (cells.length > 0) terminal.print(formatTable([["address", "services", "version", "agent", "AS", "country"], ...cells]));
      terminal.note(`${cells.length} peers from snapshot ${sample.seq}, ${plain(sample.freshness)}`);
    });
