/** The canonical order of names (RFC 4034 §6.1): by labels from the root down, as octets, in lower case. */
import { lowerOctet, type Name } from "./name.ts";

/** A text for a name such that texts compare as their names do: labels from the root down, each ended by what is less than any octet. */
export function orderKey(name: Name): string {
  let key = "";
  for (let at = 0; name[at] !== 0; at += name[at]! + 1) {
    let label = "";
    for (let i = 1; i <= name[at]!; i++) label += String.fromCharCode(lowerOctet(name[at + i]!) + 1);
    key = `${label}\0${key}`;
  }
  return key;
}
