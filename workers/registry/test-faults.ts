/** For the tests: D1 and KV bindings that fail on demand, and that count what is written. */

/**
 * What happens to a call: `fail` before it reaches the database, `break` in the middle of a batch (a last statement fails, so that
 * the database rolls back), `lose` the answer after it was done.
 */
export type Fault = "fail" | "break" | "lose";

/** `read`: nothing but selects. */
export type CallKind = "read" | "write";

const REJECTION = new Error("D1_ERROR: injected by the test");

/** Real D1 with faults. */
export class FaultyD1 {
  /** Decides on every call; undefined lets it through. */
  fault: (kind: CallKind) => Fault | undefined = () => undefined;
  /** Runs before a writing batch reaches the database. */
  beforeWrite: () => Promise<void> = async () => {};
  rowsWritten = 0;
  rowsRead = 0;
  readonly binding: D1Database;
  readonly #real: D1Database;
  readonly #sql = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>();

  constructor(real: D1Database) {
    this.#real = real;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry uses these two methods only
    this.binding = {
      prepare: (sql: string) => this.#wrap(real.prepare(sql), sql),
      batch: (list: object[]) => this.#batch(list),
    } as unknown as D1Database;
  }

  #wrap(statement: D1PreparedStatement, sql: string): object {
    const call = (run: () => Promise<unknown>) => this.#call(sql, run);
    const wrapped = {
      bind: (...values: unknown[]) => this.#wrap(statement.bind(...values), sql),
      all: () => call(async () => this.#count(await statement.all())),
      run: () => call(async () => this.#count(await statement.run())),
      raw: () => call(() => statement.raw()),
      first: () => call(() => statement.first()),
    };
    this.#sql.set(wrapped, { statement, sql });
    return wrapped;
  }

  async #call<T>(sql: string, run: () => Promise<T>): Promise<T> {
    const fault = this.fault(kindOf(sql));
    if (fault === "fail" || fault === "break") throw REJECTION;
    const result = await run();
    if (fault === "lose") throw REJECTION;
    return result;
  }

  async #batch(list: object[]): Promise<unknown> {
    const known = list.map((each) => this.#sql.get(each)!);
    const kind = known.some(({ sql }) => kindOf(sql) === "write") ? "write" : "read";
    if (kind === "write") await this.beforeWrite();
    const fault = this.fault(kind);
    if (fault === "fail") throw REJECTION;
    const statements = known.map(({ statement }) => statement);
    if (fault === "break") statements.push(this.#real.prepare("insert into streams (network) values (null)"));
    const results = await this.#real.batch(statements);
    for (const result of results) this.#count(result);
    if (fault === "lose") throw REJECTION;
    return results;
  }

  #count<T>(result: D1Result<T>): D1Result<T> {
    this.rowsWritten += result.meta.rows_written;
    this.rowsRead += result.meta.rows_read;
    return result;
  }
}

const kindOf = (sql: string): CallKind => (/^\s*select/i.test(sql) ? "read" : "write");
