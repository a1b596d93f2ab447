/** Request bodies, never more of them than allowed. */
import { badRequest, tooLarge } from "./refusal.ts";
import * as v from "valibot";

/** Refuses a request whose stated length is over the limit, before anything of it is read. Throws `RefusalError` 413. */
export function checkStatedLength(request: Request, limit: number): void {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw bodyTooLarge(limit);
}

/** Reads a body of at most `limit` octets; stops reading where there is more. Throws `RefusalError` 413. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  checkStatedLength(request, limit);
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body) {
    length += part.byteLength;
    if (length > limit) throw bodyTooLarge(limit); // leaving the loop cancels the stream
    parts.push(part);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.byteLength;
  }
  return body;
}

const bodyTooLarge = (limit: number) => tooLarge("The body is too large", `At most ${limit} octets`);

/** Parses JSON text in UTF-8. Throws `RefusalError` 400. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    throw badRequest("the body is not JSON in UTF-8");
  }
}

/** The longest detail of a refusal, in UTF-16 code units: it quotes what was sent, which may be megabytes. */
export const MAX_DETAIL_LENGTH = 300;

/** Checks a value against its contract. Throws `RefusalError` 400 naming the first bad field. */
export function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw badRequest(`${v.getDotPath(issue) ?? "document"}: ${issue.message}`.slice(0, MAX_DETAIL_LENGTH));
}
