/** The whole checklist, in the order it is run and reported. */
import type { Rule } from "../rule.ts";
import { ANSWER_RULES } from "./answers.ts";
import { DENIAL_RULES } from "./denial.ts";
import { DNSSEC_RULES } from "./dnssec.ts";
import { EDNS_RULES } from "./edns.ts";
import { FORM_RULES } from "./form.ts";
import { HEADER_FIELD_RULES } from "./header.ts";
import { CACHING_RULES } from "./http-caching.ts";
import { BROWSER_RULES } from "./http-cors.ts";
import { HEADER_RULES } from "./http-headers.ts";
import { NEGOTIATION_RULES } from "./http-negotiation.ts";
import { REQUEST_RULES } from "./http-requests.ts";
import { STATUS_RULES } from "./http-status.ts";
import { OPT_FORM_RULES } from "./opt-form.ts";
import { OPTION_RULES } from "./options.ts";
import { QUESTION_RULES } from "./question.ts";
import { TYPE_RULES } from "./types.ts";
import { ZONE_RULES } from "./zone.ts";

const AREAS = "HDZE";

export const RULES: readonly Rule[] = [
  ...[REQUEST_RULES, STATUS_RULES, NEGOTIATION_RULES, CACHING_RULES, HEADER_RULES, BROWSER_RULES].flat(),
  ...[HEADER_FIELD_RULES, QUESTION_RULES, FORM_RULES, ANSWER_RULES].flat(),
  ...[ZONE_RULES, DENIAL_RULES, TYPE_RULES].flat(),
  ...[EDNS_RULES, OPT_FORM_RULES, DNSSEC_RULES, OPTION_RULES].flat(),
].sort((one, other) => order(one.id).localeCompare(order(other.id)));

/** H before D before Z before E, H2 before H10, a before b. */
function order(id: string): string {
  const [, area = "", number = "", part = ""] = /^([A-Z])(\d+)([a-z]?)$/.exec(id) ?? [];
  return `${AREAS.indexOf(area)} ${number.padStart(3, "0")} ${part}`;
}
