/** What becomes of queries that are broken. */
import { describeReply, type Subject } from "../subject.ts";
import { TransportError } from "../transport.ts";
import { judge, PASS, type Verdict } from "../verdict.ts";

/** A broken query is FORMERR, over HTTP also 400, and never an answer, a crash or silence. A name server may also drop it. */
export async function judgeMalformed(subject: Subject, query: Iterable<number>, what: string): Promise<Verdict> {
  const expected = subject.isDoh ? `HTTP 400 or FORMERR for ${what}` : `FORMERR or nothing for ${what}`;
  try {
    const reply = await subject.send(Uint8Array.from(query));
    const good =
      reply.http === undefined || reply.http.status === 200
        ? reply.message?.rcode === 1
        : reply.http.status === 400 && reply.message === undefined;
    return judge(good, expected, describeReply(reply));
  } catch (error) {
    if (!subject.isDoh && error instanceof TransportError) return PASS;
    throw error;
  }
}
