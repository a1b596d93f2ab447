/** User agents as evidence, reports and pages carry them. */

/** Characters of a user agent: as many as Core (MAX_SUBVERSION_LENGTH) and dcrd (MaxUserAgentLen) allow on the wire. */
export const MAX_USER_AGENT = 256;

/** A user agent fit to be shown: printable ASCII only (BIP14 uses no other), and not too long. */
export function cleanAgent(userAgent: string): string {
  return userAgent.replace(/[^ -~]/g, "").slice(0, MAX_USER_AGENT);
}
