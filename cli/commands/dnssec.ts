/** `seedcast dnssec`: the keys that zones are signed with. */
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { dsCommand } from "./dnssec-ds.ts";
import { exportCommand } from "./dnssec-export.ts";
import { keygenCommand } from "./dnssec-keygen.ts";
import { rolloverCommand } from "./dnssec-rollover.ts";

export const dnssecCommand = (terminal: Terminal): Command =>
  new Command("dnssec")
    .description("make, show and replace the keys that zones are signed with")
    .addCommand(keygenCommand(terminal))
    .addCommand(dsCommand(terminal))
    .addCommand(exportCommand(terminal))
    .addCommand(rolloverCommand(terminal));
