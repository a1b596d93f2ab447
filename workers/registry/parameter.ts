/** Numbers in paths and queries. */
import { badRequest } from "./refusal.ts";

/** A whole number from 1 to 2^53 - 1, or undefined where the parameter is absent. Throws `RefusalError` 400. */
export function numberParameter(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(value)) throw badRequest(`${name}: expected a whole number above 0`);
  return value;
}
