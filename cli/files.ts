/** Files that the user names. */
import { mkdir, readFile } from "node:fs/promises";
import { CliError } from "./errors.ts";

/** The value in a JSON file. Rejects with `CliError`. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new CliError(`${file}: ${cause instanceof SyntaxError ? "is not JSON" : "cannot be read"}`, { cause });
  }
}

/** Makes a folder where there is none, open to its owner only: what is kept there is nobody else's business. Rejects with `CliError`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CliError(`${folder}: cannot be made a folder`, { cause, hint: "Choose another folder with --state." });
  }
}
