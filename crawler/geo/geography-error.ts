/** A database of addresses that cannot be used; the message names the file, and where it is text the line. */
export class GeographyError extends Error {
  override name = "GeographyError";
}
