/** The whole checklist, in the order it is run and reported. */
import type { Rule } from "../rule.ts";
import { EDNS_RULES } from "./edns.ts";
import { FORM_RULES } from "./form.ts";
import { HEADER_FIELD_RULES, QUESTION_RULES } from "./header.ts";
import { CACHING_RULES } from "./http-caching.ts";
import { HEADER_RULES } from "./http-headers.ts";
import { REQUEST_RULES } from "./http-requests.ts";
import { STATUS_RULES } from "./http-status.ts";
import { OPTION_RULES } from "./options.ts";
import { TYPE_RULES } from "./types.ts";
import { ZONE_RULES } from "./zone.ts";

const AREAS = "HDZE";

export const RULES: readonly Rule[] = [
  ...[REQUEST_RULES, STATUS_RULES, CACHING_RULES, HEADER_RULES].flat(),
  ...[HEADER_FIELD_RULES, QUESTION_RULES, FORM_RULES].flat(),
  ...[ZONE_RULES, TYPE_RULES].flat(),
  ...[EDNS_RULES, OPTION_RULES].flat(),
].sort((one, other) => order(one.id).localeCompare(order(other.id)));

/** H before D before Z before E, H2 before H10, a before b. */
function order(id: string): string {
  const [, area = "", number = "", part = ""] = /^([A-Z])(\d+)([a-z]?)$/.exec(id) ?? [];
  return `${AREAS.indexOf(area)} ${number.padStart(3, "0")} ${part}`;
}
