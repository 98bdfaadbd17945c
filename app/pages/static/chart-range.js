// From where to where a chart's values go, in steps that are easy to read.

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25];
const present = (values) => (values ?? []).filter((value) => value !== null);

/** Bars always begin at 0, shares near the top are looked at closely; others ECharts divides. */
export function rangeOf(spec) {
  const stacked = spec.kind === "stacked";
  if (spec.unit !== "percent") return { min: 0 };
  const all = spec.series.flatMap((one) => [one.values, one.lows, one.highs].flatMap(present));
  const most = stacked || Math.max(0, ...all) > 0.8 ? 1 : Math.max(0.04, ...all);
  const least = spec.kind === "bar" || stacked ? 0 : Math.min(1, ...all);
  // What hardly moves, or not at all, still gets a range in which it is seen not to.
  const begin = least > 0.5 ? Math.min(least, most - 0.05) : 0;
  const step = STEPS.find((one) => Math.ceil((most - begin) / one - 0.001) <= 5) ?? 0.25;
  const min = Math.max(0, Math.floor(begin / step + 0.001) * step);
  return { min, max: Math.min(1, Math.ceil(most / step - 0.001) * step), interval: step };
}
