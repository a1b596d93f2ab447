/** `seedcast check`: "check my node", answered by the registry. */
import { Argument, Command } from "commander";
import type { PeerAddress } from "../../schema/address.ts";
import { formatAddress } from "../../schema/address.ts";
import { PeerCheckSchema, type PeerCheck } from "../../schema/check.ts";
import type { Report } from "../../schema/report.ts";
import type { VerdictReason } from "../../schema/verdict.ts";
import { fetchAnswer, readAnswer } from "../edge.ts";
import { EXIT } from "../errors.ts";
import { edgeOption, jsonOption, networkOption, parsePeer } from "../options.ts";
import { formatSpan, formatTable, formatTime, plain, type Terminal } from "../terminal.ts";

/** What each reason means to the owner of the node. */
const REASONS: Readonly<Record<VerdictReason, string>> = {
  "not-routable": "the address cannot be reached from the public network",
  "foreign-port": "the port is that of another network",
  "not-reported": "no crawler has verified it yet; can it be reached from outside?",
  lapsed: "it was good, and is not now; see the last probe's result below",
  "version-too-old": "its protocol version is too old: update the node",
  "services-missing": "it does not offer the services that clients need",
  "height-stale": "its chain is too far behind",
  "tenure-too-short": "it is good, but has to prove itself for some time yet",
  "quorum-not-met": "it is good, but too few crawlers can reach it",
};

export const checkCommand = (terminal: Terminal): Command =>
  new Command("check")
    .description("say whether a node is served, and if not, why; exit code 3 where it is not")
    .addArgument(new Argument("<address>", "the node: ip:port, [ipv6]:port or an overlay name with its port").argParser(parsePeer))
    .addOption(networkOption().makeOptionMandatory())
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast check 192.0.2.7:44440 --network navio --edge https://seed.example.org
  seedcast check '[2001:db8::7]:8333' -n bitcoin --edge https://seed.example.org --json`,
    )
    .action(async (address: PeerAddress, { network, edge, json }: { network: string; edge: URL; json?: true }) => {
      const url = new URL(`/v1/networks/${network}/peers/${encodeURIComponent(formatAddress(address))}`, edge);
      const result = readAnswer(url, await fetchAnswer(url, "application/json", terminal.signal), PeerCheckSchema);
      if (json === true) terminal.print(JSON.stringify(result));
      else for (const line of describe(result)) terminal.print(line);
      if (result.verdict !== "servable") process.exitCode = EXIT.negative;
    });

function describe({ address, network, verdict, reason, evidence, checked }: PeerCheck): string[] {
  const line =
    verdict === "servable" || reason === null
      ? `${plain(address)} is served by ${plain(network)}`
      : `${plain(address)} is not served by ${plain(network)}: ${REASONS[reason]} (${reason})`;
  if (evidence.length === 0) return [line];
  const rows = evidence.map(({ vantage, pushed, counts, report }) =>
    [
      vantage,
      counts ? report.state : `${report.state}, ignored`,
      report.reason ?? "",
      ...facts(report),
      ...whereabouts(report),
      formatTime(report.seen),
      ago(checked - pushed),
    ].map(plain),
  );
  const head = ["vantage", "says", "because", "version", "agent", "height", ...WHEREABOUTS, "probed", "last push"];
  // Columns of what no vantage can tell are left out.
  const shown = head.map((name, column) => !WHEREABOUTS.includes(name) || rows.some((row) => row[column] !== ""));
  return [line, "", formatTable([head, ...rows].map((row) => row.filter((_, column) => shown[column])))];
}

const facts = ({ version, agent, height }: Report): string[] => [String(version), agent, String(height)];

const WHEREABOUTS: readonly string[] = ["AS", "country", "coordinates", "up for"];

const whereabouts = ({ asn, country, coordinates, uptime }: Report): string[] => [
  asn === undefined ? "" : `AS${asn}`,
  country ?? "",
  coordinates ?? "",
  uptime === undefined ? "" : formatSpan(uptime),
];

const ago = (seconds: number): string => `${Math.max(0, Math.round(seconds))} s ago`;
