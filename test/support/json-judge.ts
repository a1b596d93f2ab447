/** Judges what an edge says to hostile URLs of the JSON API: the contract's document, a message where one was wanted, or a documented error. */
import * as v from "valibot";
import { isPlatforms, problemFault } from "./http-judge.ts";
import { headerOf, type HttpReply } from "./http-pipeline.ts";
import { readBody, readHeader } from "./query-reader.ts";

/** The statuses that the JSON API documents. */
export const JSON_STATUSES: readonly number[] = [200, 400, 406, 414];

const integer = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
/** Printable ASCII, fully qualified. */
const NameSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]*\.$/));
const TypeSchema = integer(65_535);
const RecordsSchema = v.optional(
  v.pipe(
    v.array(
      v.strictObject({ name: NameSchema, type: TypeSchema, TTL: integer(86_400), data: v.pipe(v.string(), v.regex(/^[\x20-\x7e]*$/)) }),
    ),
    v.minLength(1),
  ),
);

/** The contract, with the response codes that a stranger can bring about while there is a fresh snapshot: never SERVFAIL. */
const DocumentSchema = v.strictObject({
  Status: v.picklist([0, 1, 3, 5]),
  TC: v.literal(false),
  RD: v.literal(true),
  RA: v.literal(false),
  AD: v.literal(false),
  CD: v.boolean(),
  AA: v.boolean(),
  Question: v.pipe(v.array(v.strictObject({ name: NameSchema, type: TypeSchema })), v.minLength(1), v.maxLength(8)),
  Answer: RecordsSchema,
  Authority: RecordsSchema,
  Additional: RecordsSchema,
  Comment: v.optional(v.array(v.string())),
});

/** What is wrong with the answer to a GET of `/resolve?…` or `/dns-query?…`; undefined where nothing is. */
export function jsonFault(reply: HttpReply): string | undefined {
  const { status, body } = reply;
  if (!JSON_STATUSES.includes(status)) return "no documented status";
  if (status !== 200) return isPlatforms(reply) ? undefined : (problemFault(reply) ?? errorFault(reply));
  if (!/^(?:no-store|public, max-age=\d+)$/.test(headerOf(reply, "cache-control") ?? "")) return "another lifetime";
  switch (headerOf(reply, "content-type")) {
    case "application/json":
    case "application/dns-json":
      return headerOf(reply, "vary")?.toLowerCase() === "accept" ? documentFault(body) : "an answer for whoever accepts anything";
    case "application/dns-message": {
      const header = readHeader(body);
      return header !== undefined && readBody(body, header)?.left === 0 ? undefined : "no message";
    }
    default:
      return "another content type";
  }
}

/** What Cloudflare's clients show stands in `error`. */
function errorFault({ body }: HttpReply): string | undefined {
  const problem: unknown = JSON.parse(body.toString());
  if (!v.is(v.object({ type: v.picklist(["/problems/bad-question", "/problems/ambiguous-question"]) }), problem)) return undefined;
  return v.is(v.object({ error: v.pipe(v.string(), v.minLength(1)) }), problem) ? undefined : "no error in words";
}

function documentFault(body: Buffer): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return "no JSON";
  }
  const read = v.safeParse(DocumentSchema, value);
  if (!read.success) return `not the contract: ${v.getDotPath(read.issues[0]) ?? ""}: ${read.issues[0].message}`;
  const { Status, Question, Answer = [], Authority = [] } = read.output;
  if (new Set(Question.map(({ name }) => name)).size !== 1) return "questions for several names";
  if (new Set(Question.map(({ type }) => type)).size !== Question.length) return "a type asked for twice";
  if (Status !== 0 && Answer.length > 0 && Question.length === 1) return "records where there must be none";
  return [Answer, Authority].some(isDouble) ? "a record twice" : undefined;
}

const isDouble = (section: readonly object[]): boolean => new Set(section.map((record) => JSON.stringify(record))).size !== section.length;
