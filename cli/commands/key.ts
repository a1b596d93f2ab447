/** `seedcast key`: makes and shows key pairs. */
import { Command } from "commander";
import { generateKey, readKey, readKeyFile, writeKeyFile } from "../../crawler/push/key-file.ts";
import type { Signer } from "../../schema/private-key.ts";
import { jsonOption } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const DEFAULT_FILE = "seedcast.key.json";

export function keyCommand(terminal: Terminal): Command {
  return new Command("key")
    .description("make and show Ed25519 key pairs")
    .addCommand(newCommand(terminal))
    .addCommand(showCommand(terminal));
}

const newCommand = (terminal: Terminal): Command =>
  new Command("new")
    .description("make a key pair: a private file for one owner, and the public half to hand out")
    .option("-o, --out <file>", "the private key file to make; never overwritten", DEFAULT_FILE)
    .option("--secret", "write no file; print the private key on standard output, to be piped into a secret store")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast key new --out vantage.key.json
  seedcast key new --secret | npx wrangler secret put SNAPSHOT_KEY`,
    )
    .action(async ({ out, secret, json }: { out: string; secret?: true; json?: true }) => {
      const text = generateKey();
      const key = await readKey(text);
      if (secret === true) {
        terminal.print(text);
        for (const line of describe(key)) terminal.note(line);
        return;
      }
      await writeKeyFile(out, text);
      show(terminal, key, json, out);
    });

const showCommand = (terminal: Terminal): Command =>
  new Command("show")
    .description("show the id and the public half of a key file, never the private one")
    .argument("[file]", "private key file", DEFAULT_FILE)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  seedcast key show vantage.key.json
  seedcast key show vantage.key.json --json`,
    )
    .action(async (file: string, { json }: { json?: true }) => show(terminal, await readKeyFile(file), json, file));

function show(terminal: Terminal, key: Signer, json: true | undefined, file: string): void {
  if (json === true) terminal.print(JSON.stringify({ file, id: key.id, publicKey: key.publicKey }));
  else for (const line of [...describe(key), `file        ${file}`]) terminal.print(line);
}

const describe = ({ id, publicKey }: Signer): string[] => [`key id      ${id}`, `public key  ${publicKey}`];
