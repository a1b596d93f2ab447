/** A URL's query parameters, read without the platform's parsers where nothing in them is escaped: these cost more than an answer. */

/** The part of `URLSearchParams` that is used. */
export interface Parameters {
  has(key: string): boolean;
  /** Every value of a parameter, in order. */
  getAll(key: string): readonly string[];
}

/** What stands behind the question mark. Not by `URL`: with a Host header that is no host it throws, which would be no answer. */
export function parametersOf(url: string): Parameters {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  return /[%+]/.test(query) ? new URLSearchParams(`?${query}`) : new PlainParameters(query);
}

class PlainParameters implements Parameters {
  readonly #values = new Map<string, string[]>();

  constructor(query: string) {
    for (const pair of query.split("&")) {
      if (pair === "") continue;
      const end = pair.indexOf("=");
      const key = end < 0 ? pair : pair.slice(0, end);
      const value = end < 0 ? "" : pair.slice(end + 1);
      const values = this.#values.get(key);
      if (values === undefined) this.#values.set(key, [value]);
      else values.push(value);
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  getAll(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }
}
