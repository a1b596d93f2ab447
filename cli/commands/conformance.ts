/** `seedcast conformance`: whether a DoH server keeps to the RFCs, rule by rule. */
import { readFile } from "node:fs/promises";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { checkConformance, rulesFor } from "../../conformance/conformance.ts";
import { NameError, nameWire } from "../../conformance/name.ts";
import type { HttpChoice } from "../../conformance/offers.ts";
import { jsonReport, saysNoDns, textReport } from "../../conformance/report.ts";
import { violates } from "../../conformance/run.ts";
import { DEFAULT_TIMEOUT_MS, TransportError } from "../../conformance/transport.ts";
import { NoAnswer } from "../../conformance/verdict.ts";
import { CliError, EXIT } from "../errors.ts";
import { collect, jsonOption, parseNumber } from "../options.ts";
import { plain, type Terminal } from "../terminal.ts";

interface ConformanceCliOptions {
  readonly zone: string;
  readonly json?: true;
  readonly http?: "1.1" | "2" | "both";
  readonly ca?: string;
  readonly only?: readonly string[];
  readonly timeout: number;
}

/** The longest time that an answer can be waited for, seconds. */
const MAX_TIMEOUT_SECONDS = 300;

export const conformanceCommand = (terminal: Terminal): Command =>
  new Command("conformance")
    .description("check a DNS-over-HTTPS server against the RFCs, rule by rule; exit code 3 where a MUST is broken")
    .addArgument(new Argument("<url>", "the DoH resource, or dns://host:port for a name server").argParser(parseTarget))
    .addOption(new Option("--zone <name>", "a zone that the server is authoritative for").argParser(parseZone).makeOptionMandatory())
    .addOption(new Option("--http <version>", "which HTTP to speak; all that is offered unless given").choices(["1.1", "2", "both"]))
    .addOption(new Option("--ca <file>", "PEM file of the authority to trust instead of the built-in ones"))
    .addOption(new Option("--only <id…>", "only these rules, such as H5a, all of H6, or all about EDNS: E").argParser(collect(parseRule)))
    .addOption(
      new Option("--timeout <seconds>", "how long to wait for each answer")
        .default(DEFAULT_TIMEOUT_MS / 1_000)
        .argParser(parseNumber(1, MAX_TIMEOUT_SECONDS)),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Rules: H about HTTP, D about header and question, Z about the zone, E about EDNS. The server is asked about 300 questions,
most of them odd. Nothing is changed by them.

Exit codes:
  0  every MUST is kept (a SHOULD may be broken)
  1  the server cannot be reached
  3  a MUST is broken

Examples:
  seedcast conformance https://seed.example.org/dns-query --zone navio.seed.example.org
  seedcast conformance https://localhost:8443/dns-query --zone test.example --ca ca.pem --only H8,H9 --json
  seedcast conformance dns://127.0.0.1:5300 --zone navio.seed.example.org`,
    )
    .action(async (url: URL, { zone, json, http, ca, only, timeout }: ConformanceCliOptions) => {
      const choice: HttpChoice = http ?? "offered";
      const report = await checkConformance({
        url,
        zone,
        http: choice,
        ca: ca === undefined ? undefined : await readAuthority(ca),
        only,
        timeoutMs: timeout * 1_000,
        signal: terminal.signal,
        onRule: ({ id, title }, index, count) => terminal.progress(`${index + 1} of ${count}: ${id} ${title}`),
      }).catch((error: unknown) => {
        terminal.progress("");
        throw unreachable(url, error);
      });
      terminal.progress("");
      if (json === true) terminal.print(JSON.stringify(jsonReport(report)));
      else for (const line of textReport(report)) terminal.print(line);
      if (saysNoDns(report)) terminal.note("No DNS message came back, by GET or by POST. Is the path right? Most servers have /dns-query.");
      if (violates(report.results)) process.exitCode = EXIT.negative;
    });

/** What could not be asked at all is said in words; everything else stays what it is. */
function unreachable(url: URL, error: unknown): unknown {
  if (!(error instanceof TransportError) && !(error instanceof NoAnswer)) return error;
  return new CliError(`${url.host} cannot be checked: ${plain(error.message)}`, {
    cause: error,
    hint: "Check the URL, that the server is up, and --ca where its certificate is of an authority of your own.",
  });
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CliError(`${file} cannot be read`, { cause: error, hint: "--ca takes a PEM file with a certificate." });
  }
}

const PROTOCOLS = new Set(["https:", "http:", "dns:"]);

function parseTarget(text: string): URL {
  // `{?dns}` at the end of a URI template is what RFC 8484 §4.1.1 shows; the rest of one is a plain URL.
  const url = URL.parse(text.replace(/\{[?&]dns\}$/, ""));
  if (url === null || url.hostname === "" || !PROTOCOLS.has(url.protocol)) {
    throw new InvalidArgumentError("Expected a URL such as https://seed.example.org/dns-query, or dns://127.0.0.1:5300.");
  }
  if (url.username !== "" || url.password !== "") throw new InvalidArgumentError("Expected a URL without a user name.");
  return url;
}

function parseZone(text: string): string {
  try {
    if (nameWire(text).length === 1) throw new NameError("the root is no zone of a seed server");
  } catch (error) {
    if (error instanceof NameError) throw new InvalidArgumentError(`Expected a domain name: ${error.message}.`);
    throw error;
  }
  return `${text.replace(/\.$/, "").toLowerCase()}.`;
}

function parseRule(id: string): string {
  if (rulesFor(id).length === 0)
    throw new InvalidArgumentError("Expected ids of rules, such as H5a, H6 or E; without --only all are listed.");
  return id;
}
