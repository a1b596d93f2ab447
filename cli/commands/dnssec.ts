/** `seedcast dnssec`: the keys that zones are signed with. */
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { dsCommand } from "./dnssec-ds.ts";
import { exportCommand } from "./dnssec-export.ts";
import { keygenCommand } from "./dnssec-keygen.ts";
import { rolloverCommand } from "./dnssec-rollover.ts";
import { unsignCommand } from "./dnssec-unsign.ts";

export const dnssecCommand = (terminal: Terminal): Command =>
  new Command("dnssec")
    .description("make, show, replace and drop the keys that zones are signed with")
    .addCommand(keygenCommand(terminal))
    .addCommand(dsCommand(terminal))
    .addCommand(exportCommand(terminal))
    .addCommand(rolloverCommand(terminal))
    .addCommand(unsignCommand(terminal));
