/** Says a thing once, not at every round in which it is still so. */

/** Calls `tell` with an event only where its state is not the one of the subject's event before. */
export function onTurns<T>(
  tell: (event: T) => void,
  stateOf: (event: T) => string,
  subjectOf: (event: T) => string = () => "",
): (event: T) => void {
  const last = new Map<string, string>();
  return (event) => {
    const [subject, state] = [subjectOf(event), stateOf(event)];
    if (last.get(subject) === state) return;
    last.set(subject, state);
    tell(event);
  };
}
