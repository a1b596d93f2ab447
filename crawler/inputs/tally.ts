/** Counts what each input brought: addresses, how many of them were new, and how many turned out to be peers. */
import { formatAddress, type PeerAddress } from "../../schema/address.ts";
import { inputTitle, type InputAnswer, type InputKind, type InputName } from "./input.ts";

/** What an input brought since the start. */
export interface InputCount {
  readonly kind: InputKind;
  readonly name: string;
  /** Answers so far; 0 where it was not asked. */
  readonly answers: number;
  /** When it answered last, Unix seconds; null where it was not asked. */
  readonly answered: number | null;
  /** Different addresses named. */
  readonly addresses: number;
  /** Of these, the ones that nobody had named before. */
  readonly fresh: number;
  /** Of the addresses named, the ones that have passed a probe. */
  readonly verified: number;
  /** What went wrong the last time. */
  readonly problem?: string;
}

/** One answer, for logs. */
export interface InputNews extends InputName {
  readonly addresses: number;
  readonly fresh: number;
  readonly problem?: string;
  readonly alarm?: true;
}

/** The most addresses remembered of one input; what it names beyond is not counted. Above any one answer, and days of small ones. */
export const MAX_COUNTED = 100_000;

interface Count extends InputName {
  answers: number;
  answered: number | null;
  fresh: number;
  verified: number;
  problem: string | undefined;
  /** Canonical addresses, with whether they have passed. */
  readonly named: Map<string, boolean>;
}

export class InputTally {
  readonly #counts = new Map<string, Count>();

  /** The inputs in the order to show them; each is counted from the start, also where it is never asked. */
  constructor(inputs: readonly InputName[]) {
    for (const { kind, name } of inputs) {
      const count = { kind, name, answers: 0, answered: null, fresh: 0, verified: 0, problem: undefined, named: new Map() };
      this.#counts.set(inputTitle(count), count);
    }
  }

  /** Notes an answer of which `fresh` addresses were new. `passes` says whether an address has passed a probe already. `now` is Unix seconds. */
  note(input: InputName, answer: InputAnswer, fresh: number, passes: (address: PeerAddress) => boolean, now: number): InputNews {
    const { addresses, problem, alarm } = answer;
    const count = this.#counts.get(inputTitle(input));
    if (count !== undefined) {
      count.answers++;
      count.answered = Math.floor(now);
      count.fresh += fresh;
      count.problem = problem;
      for (const address of addresses) enter(count, address, passes);
    }
    const { kind, name } = input;
    return {
      kind,
      name,
      addresses: addresses.length,
      fresh,
      ...(problem !== undefined && { problem }),
      ...(alarm !== undefined && { alarm }),
    };
  }

  /** An address, in its canonical text, passed a probe. */
  verified(address: string): void {
    for (const count of this.#counts.values()) {
      if (count.named.get(address) !== false) continue;
      count.named.set(address, true);
      count.verified++;
    }
  }

  get counts(): InputCount[] {
    return Array.from(this.#counts.values(), ({ kind, name, answers, answered, fresh, verified, problem, named }) => ({
      kind,
      name,
      answers,
      answered,
      addresses: named.size,
      fresh,
      verified,
      ...(problem !== undefined && { problem }),
    }));
  }
}

function enter(count: Count, address: PeerAddress, passes: (address: PeerAddress) => boolean): void {
  const key = formatAddress(address);
  if (count.named.has(key) || count.named.size >= MAX_COUNTED) return;
  const passed = passes(address);
  count.named.set(key, passed);
  if (passed) count.verified++;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** One line of news: "DNS seed seed.example.org: 25 addresses, 20 new". */
export function describeNews(news: InputNews): string {
  const { addresses, fresh, problem, alarm } = news;
  const facts = `${counted(addresses, "address", "addresses")}, ${fresh} new`;
  const words = problem === undefined ? facts : addresses === 0 ? problem : `${facts} (${problem})`;
  return `${alarm === true ? "WARNING: " : ""}${inputTitle(news)}: ${words}`;
}

/** One line of what an input brought in all: "DNS seed seed.example.org: 25 addresses, 20 new, 11 verified". */
export function describeCount(count: InputCount): string {
  const { answers, addresses, fresh, verified, problem } = count;
  if (answers === 0) return `${inputTitle(count)}: not asked`;
  const facts = `${counted(addresses, "address", "addresses")}, ${fresh} new, ${verified} verified`;
  return `${inputTitle(count)}: ${facts}${problem === undefined ? "" : ` (${problem})`}`;
}
