/** A measured figure beside its goal. */
export interface Figure {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** The goal in words, as design documents state it; absent where a figure is only for information. */
  readonly goal?: string;
  readonly met?: boolean;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** A figure that should be at most, or at least, so much. */
export function figure(measure: string, value: number, unit: string, goal?: Goal): Figure {
  if (goal === undefined) return { measure, value, unit };
  return "atMost" in goal
    ? { measure, value, unit, goal: `≤ ${goal.atMost}`, met: value <= goal.atMost }
    : { measure, value, unit, goal: `≥ ${goal.atLeast}`, met: value >= goal.atLeast };
}

const shown = (value: number): string => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3));

/** A Markdown table of figures. */
export function markdown(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ measure, value, unit, goal = "", met }) =>
      `| ${measure} | ${shown(value)} ${unit} | ${goal} | ${met === undefined ? "" : met ? "yes" : "**no**"} |`,
  );
  return [`### ${title}`, "", "| measure | figure | goal | met |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}
