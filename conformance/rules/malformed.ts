/** What becomes of queries that are broken. */
import { describeReply, type Reply, type Subject } from "../subject.ts";
import { TransportError } from "../transport.ts";
import { judge, PASS, type Verdict } from "../verdict.ts";

/** A broken query is FORMERR, over HTTP also 400, and never an answer, a crash or silence. A name server may also drop it. */
export async function judgeMalformed(subject: Subject, query: Iterable<number>, what: string): Promise<Verdict> {
  const expected = subject.isDoh ? `HTTP 400 or FORMERR for ${what}` : `FORMERR or nothing for ${what}`;
  const reply = await replyToMalformed(subject, query);
  if (reply === undefined) return PASS;
  const good =
    reply.http === undefined || reply.http.status === 200
      ? reply.message?.rcode === 1
      : reply.http.status === 400 && reply.message === undefined;
  return judge(good, expected, describeReply(reply));
}

/** What a broken query is answered with; undefined where a name server dropped it. */
export async function replyToMalformed(subject: Subject, query: Iterable<number>): Promise<Reply | undefined> {
  try {
    return await subject.send(Uint8Array.from(query));
  } catch (error) {
    if (!subject.isDoh && error instanceof TransportError) return undefined;
    throw error;
  }
}
