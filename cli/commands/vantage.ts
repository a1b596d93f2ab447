/** `seedcast vantage`: an operator enrols and disables crawlers. */
import { Argument, Command, Option } from "commander";
import * as v from "valibot";
import { VantageSchema } from "../../schema/api.ts";
import { keyId } from "../../schema/key.ts";
import { EnrolledVantageSchema, VantageListSchema, type EnrolledVantage, type VantageList } from "../../schema/operator.ts";
import { askOperator } from "../edge.ts";
import { CliError, usageError } from "../errors.ts";
import { collect, edgeOption, jsonOption, operatorKeyOption, parseNetworkName, parsePublicKey } from "../options.ts";
import { formatTable, formatTime, plain, type Terminal } from "../terminal.ts";

interface OperatorOptions {
  readonly edge: URL;
  readonly operatorKey: string;
  readonly json?: true;
}

export const vantageCommand = (terminal: Terminal): Command =>
  new Command("vantage")
    .description("enrol and disable crawlers, as an operator of the edge")
    .addCommand(addCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(switchCommand(terminal, "disable", "let a crawler's reports count no longer"))
    .addCommand(switchCommand(terminal, "enable", "let a disabled crawler's reports count again"));

const operatorCommand = (name: string): Command =>
  new Command(name)
    .addOption(edgeOption().makeOptionMandatory())
    .addOption(operatorKeyOption().makeOptionMandatory())
    .addOption(jsonOption());

const addCommand = (terminal: Terminal): Command =>
  operatorCommand("add")
    .description("enrol a crawler's key for some networks; for a key already enrolled, give it another name and other networks")
    .argument("<name>", "what to call it: a-z, 0-9 and dashes")
    .addOption(
      new Option("-k, --public-key <key>", "its public key, as `seedcast key show` prints it")
        .argParser(parsePublicKey)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("-n, --network <name…>", "a network it may report; may be repeated")
        .argParser(collect(parseNetworkName))
        .makeOptionMandatory(),
    )
    .addHelpText(
      "after",
      `
Example:
  seedcast vantage add frankfurt --public-key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --network navio \\
    --edge https://seed.example.org --operator-key operator.key.json`,
    )
    .action(async (name: string, options: OperatorOptions & { publicKey: string; network: readonly string[] }) => {
      const body = { name, publicKey: options.publicKey, networks: [...options.network] };
      const checked = v.safeParse(VantageSchema, body);
      if (!checked.success) throw usageError(`vantage add: ${checked.issues[0].message}`);
      const request = { method: "POST", url: new URL("/v1/operator/vantages", options.edge), body } as const;
      const enrolled = await askOperator(options.operatorKey, request, EnrolledVantageSchema, terminal.signal);
      if (enrolled.id !== keyId(options.publicKey)) throw new CliError(`${options.edge.origin}: enrolled another key than was asked`);
      show(terminal, enrolled, options.json);
    });

const listCommand = (terminal: Terminal): Command =>
  operatorCommand("list")
    .description("list the crawlers, and where each stands")
    .addHelpText("after", "\nExample:\n  seedcast vantage list --edge https://seed.example.org --operator-key operator.key.json")
    .action(async (options: OperatorOptions) => {
      const list = await readList(options, terminal.signal);
      if (options.json === true) terminal.print(JSON.stringify(list));
      else terminal.print(list.vantages.length === 0 ? "no vantages are enrolled" : formatTable([HEAD, ...list.vantages.flatMap(rowsOf)]));
    });

const switchCommand = (terminal: Terminal, act: "disable" | "enable", description: string): Command =>
  operatorCommand(act)
    .description(description)
    .addArgument(new Argument("<vantage>", "its name or its key id"))
    .addHelpText(
      "after",
      `\nExample:\n  seedcast vantage ${act} frankfurt --edge https://seed.example.org --operator-key operator.key.json`,
    )
    .action(async (asked: string, options: OperatorOptions) => {
      const { vantages } = await readList(options, terminal.signal);
      const found = vantages.find(({ id }) => id === asked) ?? vantages.find(({ name }) => name === asked);
      if (found === undefined)
        throw new CliError(`no vantage is called ${asked}`, { hint: "`seedcast vantage list` shows their names and key ids." });
      const request = { method: "POST", url: new URL(`/v1/operator/vantages/${found.id}/${act}`, options.edge) } as const;
      show(terminal, await askOperator(options.operatorKey, request, EnrolledVantageSchema, terminal.signal), options.json);
    });

const readList = ({ edge, operatorKey }: OperatorOptions, signal: AbortSignal): Promise<VantageList> =>
  askOperator(operatorKey, { method: "GET", url: new URL("/v1/operator/vantages", edge) }, VantageListSchema, signal);

function show(terminal: Terminal, vantage: EnrolledVantage, json: true | undefined): void {
  const { id, name, networks, disabled } = vantage;
  if (json === true) return terminal.print(JSON.stringify(vantage));
  const lines = [
    `vantage   ${name}`,
    `key id    ${id}`,
    `networks  ${networks.join(", ")}`,
    `state     ${disabled === null ? "enabled" : `disabled ${formatTime(disabled)}`}`,
  ];
  for (const line of lines) terminal.print(plain(line));
}

const HEAD = ["name", "key id", "state", "network", "good", "lapsed", "last push"];

/** A line a network it may report. */
function rowsOf({ name, id, disabled, networks, streams }: VantageList["vantages"][number]): string[][] {
  return networks.map((network) => {
    const stream = streams.find((each) => each.network === network);
    const standing = stream === undefined ? ["", "", "never"] : [String(stream.good), String(stream.lapsed), formatTime(stream.pushed)];
    return [name, id, disabled === null ? "enabled" : "disabled", network, ...standing].map(plain);
  });
}
