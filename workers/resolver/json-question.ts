/** The question of a JSON request: what `name`, `type`, `do`, `cd` and `ct` ask for, as in Google's and Cloudflare's APIs. */
import { DnsNameError, parseName, type Name } from "../dns/name.ts";
import { DnsTypeError, parseType, TYPE } from "../dns/records.ts";
import { DNS_MESSAGE } from "./kept-init.ts";
import { isMediaType } from "./negotiate.ts";
import type { Parameters } from "./parameters.ts";

/** The media types of a JSON answer. The first is what clients get that do not care. */
export const JSON_TYPES = ["application/json", "application/dns-json"] as const;

const FORMS = [...JSON_TYPES, DNS_MESSAGE] as const;

/** The most types in one request: js-libp2p asks for two. */
export const MAX_TYPES = 8;

/** One or more types, each once. */
export type Types = readonly [number, ...number[]];

export interface JsonQuestion {
  readonly name: Name;
  readonly types: Types;
  /** `do`: whether signatures are wanted. */
  readonly dnssecOk: boolean;
  /** `cd`: whether validation is not. */
  readonly checkingDisabled: boolean;
  /** What `ct` wants the answer to be; undefined leaves it to `Accept`. */
  readonly form: (typeof FORMS)[number] | undefined;
}

/** Parameters that ask no question: they are wrong, or contradict each other. */
export class QuestionError extends Error {
  override name = "QuestionError";
  readonly kind: "bad-question" | "ambiguous-question";
  constructor(kind: QuestionError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Reads the parameters; those it does not know, `edns_client_subnet` and `random_padding` among them, are ignored. Throws
 * `QuestionError`: `bad-question` where `name` is missing or a value has no meaning, `ambiguous-question` where what may stand once
 * stands twice, a message (`dns`) stands beside `name`, or several types shall fit one message.
 */
export function readQuestion(parameters: Parameters): JsonQuestion {
  const name = only(parameters, "name");
  if (name === undefined) throw new QuestionError("bad-question", "name: expected the name to ask for");
  if (parameters.has("dns")) throw new QuestionError("ambiguous-question", "dns: a message asks by itself, without name");
  const types = readTypes(parameters.getAll("type"));
  const form = readForm(only(parameters, "ct"));
  if (form === DNS_MESSAGE && types.length > 1) throw new QuestionError("ambiguous-question", "type: a message has one question");
  return {
    name: parsed("name", name, parseName),
    types,
    dnssecOk: readFlag(parameters, "do"),
    checkingDisabled: readFlag(parameters, "cd"),
    form,
  };
}

/** The value of a parameter that may stand once. */
function only(parameters: Parameters, key: string): string | undefined {
  const [value, ...more] = parameters.getAll(key);
  if (more.length > 0) throw new QuestionError("ambiguous-question", `${key}: expected once`);
  return value;
}

/** A is asked for where no type is. An empty one is no type. */
function readTypes(texts: readonly string[]): Types {
  if (texts.length > MAX_TYPES) throw new QuestionError("bad-question", `type: expected at most ${MAX_TYPES}`);
  const [first = TYPE.A, ...more] = new Set(texts.map((text) => parsed("type", text, parseType)));
  return [first, ...more];
}

/** What `parse` makes of a parameter's value. Throws `QuestionError` where it makes nothing of it. */
function parsed<T>(key: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof DnsNameError || error instanceof DnsTypeError) throw new QuestionError("bad-question", `${key}: ${error.message}`);
    throw error;
  }
}

/** What Cloudflare takes for a flag. */
const FLAGS = new Map([
  ["", false],
  ["0", false],
  ["false", false],
  ["1", true],
  ["true", true],
]);

function readFlag(parameters: Parameters, key: "do" | "cd"): boolean {
  const flag = FLAGS.get(only(parameters, key) ?? "");
  if (flag === undefined) throw new QuestionError("bad-question", `${key}: expected to be empty or one of 0, false, 1, true`);
  return flag;
}

/** Google ignores values of `ct` that name no form of an answer. */
const readForm = (text: string | undefined): JsonQuestion["form"] => FORMS.find((form) => isMediaType(text, form));
