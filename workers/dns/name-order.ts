/** The canonical order of names (RFC 4034 §6.1): by labels from the root down, as octets, in lower case. */
import { lowerOctet, type Name } from "./name.ts";

/** A text for a name, or for what is left of it from `start` on, such that texts compare as their names do: labels from the root down, each ended by what is less than any octet. */
export function orderKey(name: Name, start = 0): string {
  let key = "";
  for (let at = start; name[at] !== 0; at += name[at]! + 1) {
    let label = "";
    for (let i = 1; i <= name[at]!; i++) label += CHARACTERS[name[at + i]!];
    key = `${label}\0${key}`;
  }
  return key;
}

/** What stands for each octet: lower case, and one more, so that none is zero. */
const CHARACTERS = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(lowerOctet(octet) + 1));

/** The text that `orderKey` gives for the label `*` below the name with this text. */
export const wildcardKey = (parent: string): string => `${parent}${CHARACTERS[ASTERISK]}\0`;

const ASTERISK = 0x2a;
