/** For tests: names as lists of labels, and their canonical order as RFC 4034 §6.1 says it in words. Shares no code with ours. */

/** From the leftmost one to the one before the root, octets as Latin-1. */
export type Labels = readonly string[];

export function labelsOf(name: Uint8Array): Labels {
  const labels: string[] = [];
  let rest = Buffer.from(name);
  while (rest[0] !== undefined && rest[0] > 0) {
    labels.push(rest.subarray(1, 1 + rest[0]).toString("latin1"));
    rest = rest.subarray(1 + rest[0]);
  }
  return labels;
}

/** Less than, equal to, or greater than 0: from the rightmost label on, as octet strings without case; absence of an octet or label is least. */
export function compareNames(a: Labels, b: Labels): number {
  const [x, y] = [a.toReversed(), b.toReversed()];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [left, right] = [x[i], y[i]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    const order = Buffer.compare(octetsOf(left), octetsOf(right));
    if (order !== 0) return order;
  }
  return 0;
}

const octetsOf = (label: string): Buffer =>
  Buffer.from(
    label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    "latin1",
  );
