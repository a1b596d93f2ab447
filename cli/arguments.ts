/** What a command line needs before commander reads it. */

/** A key id or public key that begins with a dash: 43 characters of base64url, of which one in 64 does. */
const DASHED_KEY = /^-[\w-]{42}$/;

/** Moves key ids that look like options behind `--`, where commander takes them for what they are. The value of an option stays with it. */
export function keyIdsLast(args: readonly string[]): string[] {
  const isKeyId = (arg: string, i: number): boolean => DASHED_KEY.test(arg) && args[i - 1]?.startsWith("-") !== true;
  const ids = args.filter(isKeyId);
  if (ids.length === 0 || args.includes("--")) return [...args];
  return [...args.filter((arg, i) => !isKeyId(arg, i)), "--", ...ids];
}
