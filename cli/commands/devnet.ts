/** `seedcast devnet`: a fake network on this machine, to try things on. */
import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import * as v from "valibot";
import { DevnetConfigError, type DevnetConfigInput } from "../../crawler/devnet/config.ts";
import { DevnetError } from "../../crawler/devnet/listeners.ts";
import { PRESET_NAMES, type PresetName } from "../../crawler/devnet/presets.ts";
import type { Devnet } from "../../crawler/devnet/server.ts";
import { DEVNET, DEVNETS } from "../../schema/networks/devnet.ts";
import { CliError, usageError } from "../errors.ts";
import { readJson } from "../files.ts";
import { interrupted } from "../interrupt.ts";
import { jsonOption, parseNumber } from "../options.ts";
import type { Terminal } from "../terminal.ts";

interface DevnetCliOptions {
  readonly network: string;
  readonly preset: PresetName;
  readonly nodes?: number;
  readonly seed?: number;
  readonly port?: number;
  readonly config?: string;
  readonly networkFile?: string;
  readonly json?: true;
}

/** How often the terminal shows what the nodes see, milliseconds. */
const SHOW_MS = 500;

export const devnetCommand = (terminal: Terminal): Command =>
  new Command("devnet")
    .description("run a fake network on this machine: honest, slow, lying and dead nodes behind loopback addresses")
    .addOption(
      new Option("-n, --network <name>", "whose protocol its nodes speak")
        .choices(DEVNETS.map(({ name }) => name))
        .default(DEVNET.name)
        .env("SEEDCAST_DEVNET_NETWORK"),
    )
    .addOption(new Option("--preset <name>", "what it is made of").choices(PRESET_NAMES).default("small").env("SEEDCAST_DEVNET_PRESET"))
    .addOption(new Option("--nodes <n>", "addresses in all, dead ones included").argParser(parseNumber(1, 200_000)))
    .addOption(new Option("--seed <n>", "the same seed makes the same network").argParser(parseNumber(0, 0xffff_ffff)))
    .addOption(
      new Option("--port <port>", "its default port, 0 for any free one (default: the network's)").argParser(parseNumber(0, 65_535)),
    )
    .addOption(
      new Option("--config <file>", "more about its make-up, as JSON; the fields are in crawler/devnet/config.ts").env(
        "SEEDCAST_DEVNET_CONFIG",
      ),
    )
    .option("--network-file <file>", "write its parameters there, for `seedcast crawl --network-file`")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast devnet
  seedcast devnet --network devnet-chia
  seedcast devnet --preset bench --seed 7 --port 0 --network-file devnet.json
  seedcast crawl --network-file devnet.json --once`,
    )
    .action(async (options: DevnetCliOptions) => {
      const devnet = await openDevnet(options);
      const timer = setInterval(() => terminal.progress(summary(devnet)), SHOW_MS);
      try {
        if (options.networkFile !== undefined) await writeNetwork(options.networkFile, devnet);
        announce(terminal, devnet, options.json);
        await interrupted(terminal.signal);
      } finally {
        clearInterval(timer);
        await devnet.stop();
      }
      terminal.note(summary(devnet));
    });

async function openDevnet({ network: name, preset, nodes, seed, port, config }: DevnetCliOptions): Promise<Devnet> {
  const more = config === undefined ? {} : await readFields(config);
  const { startDevnet } = await import("../../crawler/devnet/server.ts"); // no other command loads it
  try {
    const fields = { preset, ...more, ...(nodes === undefined ? {} : { nodes }), ...(seed === undefined ? {} : { seed }) };
    const network = DEVNETS.find((each) => each.name === name) ?? DEVNET;
    return await startDevnet(fields, { network, ...(port === undefined ? {} : { port }) });
  } catch (error) {
    if (error instanceof DevnetConfigError) throw usageError(error.message);
    if (error instanceof DevnetError)
      throw new CliError(error.message, { cause: error, hint: "Another devnet may be running; --port 0 takes any free port." });
    throw error;
  }
}

async function readFields(file: string): Promise<DevnetConfigInput> {
  const result = v.safeParse(FieldsSchema, await readJson(file));
  if (!result.success) throw usageError(`${file}: expected an object of the devnet's fields`);
  return result.output;
}

/** Any fields: the devnet itself checks them. */
const FieldsSchema = v.pipe(
  v.unknown(),
  v.custom<DevnetConfigInput>((value) => typeof value === "object" && value !== null),
);

async function writeNetwork(file: string, { network }: Devnet): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(network, null, 2)}\n`);
  } catch (cause) {
    throw new CliError(`${file}: cannot be written`, { cause });
  }
}

function announce(terminal: Terminal, devnet: Devnet, json: true | undefined): void {
  const { network, nodes, entries, notes } = devnet;
  const up = nodes.filter(({ key }) => devnet.isUp(key)).length;
  if (json === true) {
    terminal.print(JSON.stringify({ type: "ready", network, nodes: nodes.length, up, entries, notes }));
    return;
  }
  for (const note of notes) terminal.note(`note: ${note}`);
  terminal.note(`devnet: ${nodes.length} addresses, ${up} worth finding`);
  terminal.print(`ready ${entries[0]}`);
}

function summary(devnet: Devnet): string {
  const { connections, open, handshakes } = devnet.stats();
  return `devnet: height ${devnet.height()}, ${open} connections, ${connections} so far, ${handshakes} handshakes`;
}
