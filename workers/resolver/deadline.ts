/** Waiting for no longer than we can afford. */

/** The promise was not settled in time. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** As the promise, or rejects with `DeadlineError` after `milliseconds`; whatever the promise does later is dropped. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: number | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`not done in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
