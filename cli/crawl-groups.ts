/** The options of a crawl that `seedcast crawl` and `npm start` share, in the groups that their help shows. */
import type { Command, Option } from "commander";
import { chiaCertificateOptions, type ChiaCertificateOptions } from "./chia-certificate.ts";
import { geographyOptions, type GeographyCliOptions } from "./geography.ts";
import { inputOptions, type InputCliOptions } from "./inputs.ts";
import { proxyOptions, type ProxyOptions } from "./proxies.ts";

export interface CrawlGroupOptions extends InputCliOptions, ProxyOptions, GeographyCliOptions, ChiaCertificateOptions {}

/** Options by the title of their group. */
export type Groups = Readonly<Record<string, readonly Option[]>>;

export const crawlGroups = (): Groups => ({
  "Where to start:": inputOptions(),
  "By which way:": proxyOptions(),
  "Where peers are:": geographyOptions(),
  "Chia's networks:": chiaCertificateOptions(),
});

/** The command with these options too. */
export function addGroups(command: Command, groups: Groups): Command {
  for (const [title, options] of Object.entries(groups)) for (const option of options) command.addOption(option.helpGroup(title));
  return command;
}
