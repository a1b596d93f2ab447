/** Reading what `dig +yaml +qr` prints: the query it sent, and the reply as it understood it. */

/** A message in dig's words. Records are lines of a master file, with single spaces. */
export interface DigMessage {
  readonly octets: number;
  readonly opcode: string;
  /** The response code's mnemonic, upper bits from OPT included. */
  readonly status: string;
  readonly id: number;
  /** Those set, in dig's order: `qr aa rd`. */
  readonly flags: string;
  /** The Z bit where it is set. */
  readonly mbz?: string;
  /** QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT. */
  readonly counts: readonly number[];
  readonly edns?: DigEdns;
  readonly question: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

export interface DigEdns {
  readonly version: number;
  readonly flags: string;
  /** Unknown flags where some are set. */
  readonly mbz?: string;
  readonly udp: number;
  /** Each option's mnemonic, or `OPT=<code>`, with its value as text. */
  readonly options: Readonly<Record<string, string>>;
}

/** Dig found fault with the reply, or nobody answered; the message is what it said. */
export class DigError extends Error {
  override name = "DigError";
}

/** The header's counts, with their names in an UPDATE (RFC 2136 §2.2). */
const COUNTS = ["(?:QUESTION|ZONE)", "(?:ANSWER|PREREQ)", "(?:AUTHORITY|UPDATE)", "ADDITIONAL"];

/** What dig says beneath a refused AXFR; not a word of YAML. */
const TRANSFER_FAILED = "; Transfer failed.";

export interface Exchange {
  readonly query: DigMessage;
  readonly reply: DigMessage;
}

/** The exchanges of one run, in order; what dig says of them that is no message, warnings included, is a `DigError` in the place of one. */
export function readDig(output: string): readonly (Exchange | DigError)[] {
  const starts = Array.from(output.matchAll(/^- type: MESSAGE\n {2}message:\n {4}type: (?:AUTH|RECURSIVE)_QUERY$/gm), ({ index }) => index);
  if (starts[0] !== 0) throw new DigError(output);
  return starts.map((start, i) => readExchange(output.slice(start, starts[i + 1])));
}

function readExchange(text: string): Exchange | DigError {
  const said = text.replace(`${TRANSFER_FAILED}\n`, "");
  const [before, query, reply, ...more] = said.split(/^- type: MESSAGE\n/m);
  const sound = before === "" && query !== undefined && reply?.includes("\n    response_message_data:\n") === true && more.length === 0;
  return !sound || /^(?:- type: DIG_ERROR|;)/m.test(said) ? new DigError(text) : { query: readMessage(query), reply: readMessage(reply) };
}

function readMessage(text: string): DigMessage {
  const field = (name: string): string | undefined => new RegExp(`^ {4,6}${name}: ?(.*)$`, "m").exec(text)?.[1];
  const edns = section(text, "OPT_PSEUDOSECTION");
  const mbz = field("MBZ");
  const records = (name: string): string[] => section(text, name).map((line) => line.replace(/^ +- '(.*)'$/, "$1").replaceAll("''", "'"));
  return {
    octets: Number.parseInt(field("message_size") ?? "", 10),
    opcode: field("opcode") ?? "",
    status: field("status") ?? "",
    id: Number(field("id")),
    flags: field("flags") ?? "",
    ...(mbz === undefined ? {} : { mbz }),
    counts: COUNTS.map((names) => Number(field(names))),
    ...(edns.length === 0 ? {} : { edns: readEdns(edns) }),
    question: records("QUESTION_SECTION"),
    answer: records("ANSWER_SECTION"),
    authority: records("AUTHORITY_SECTION"),
    additional: records("ADDITIONAL_SECTION"),
  };
}

/** The lines of a section; none where it is not there. */
function section(text: string, name: string): string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(`      ${name}:`);
  if (start < 0) return [];
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith("        ") && line !== "");
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).filter((line) => line !== "");
}

/** A line of its own for each option; that of an extended error has its code on the next. */
function readEdns(lines: readonly string[]): DigEdns {
  const fields = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [, name, value = ""] = /^ +([^:]+):(?: (.*))?$/.exec(line) ?? [];
    if (name === undefined) throw new DigError(`not an option: ${line}`);
    if (name === "INFO-CODE") fields.set("EDE", value);
    else fields.set(name, value);
  }
  const take = (name: string): string | undefined => {
    const value = fields.get(name);
    fields.delete(name);
    return value;
  };
  const [version, flags, mbz, udp] = ["version", "flags", "MBZ", "udp"].map(take);
  const head = { version: Number(version), flags: flags ?? "", ...(mbz === undefined ? {} : { mbz }), udp: Number(udp) };
  return { ...head, options: Object.fromEntries(fields) };
}
