/** What a command ends with. Documented in `seedcast --help`. */
export const EXIT = {
  ok: 0,
  /** It could not be done. */
  failure: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** It was done, and the answer is no: the node is not served, the snapshot is not genuine. */
  negative: 3,
  /** Interrupted before it was done; as shells report SIGINT. */
  interrupted: 130,
} as const;

/** Ends a command with a message for people: what is wrong, and in `hint` what to do about it. */
export class CliError extends Error {
  override name = "CliError";
  readonly exitCode: number;
  readonly hint: string | undefined;
  constructor(message: string, options: { exitCode?: number; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
  }
}

/** A command line that makes no sense. */
export const usageError = (message: string, hint?: string): CliError =>
  new CliError(message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
