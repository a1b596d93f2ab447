/** The Prometheus text exposition format 0.0.4. */

const HELP = {
  snapshot_seq: ["gauge", "Number of the snapshot held."],
  snapshot_age_seconds: ["gauge", "Seconds since the snapshot held was made."],
  servable_peers: ["gauge", "Peers in the snapshot held, by address family."],
  freshness: ["gauge", "1 for the step of the staleness ladder the network is on."],
  refresh_failures_total: ["counter", "Refreshes that brought nothing, by cause. Of this isolate only."],
  answers_total: ["counter", "DNS answers by transport and response code. Of this isolate only."],
} as const;

export interface Metric {
  readonly name: keyof typeof HELP;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The metrics as text, each family once with its help and type. Label values are ours: names, families, codes; never a client's text. */
export function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const [name, [type, help]] of Object.entries(HELP)) {
    const family = metrics.filter((metric) => metric.name === name);
    if (family.length === 0) continue;
    lines.push(`# HELP seedcast_${name} ${help}`, `# TYPE seedcast_${name} ${type}`);
    for (const { labels, value } of family) {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
      lines.push(`seedcast_${name}{${pairs.join(",")}} ${value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
