// What is said of a chart's points. The values come in words from the server, as in the table.

/** A value at an axis, without more digits than it needs. */
export function axisText(value, unit) {
  if (unit === "percent") return `${Number((value * 100).toFixed(1))}%`;
  return Number(value.toFixed(1)).toLocaleString("zh-CN");
}

/** What is counted, where the numbers do not say it themselves. */
export function unitName(unit) {
  return { hours: "小时", days: "个工作日" }[unit] ?? "";
}

/** One point in a sentence, for those who hear it. */
export function pointSentence(spec, index, at) {
  const one = spec.series[at];
  const value = one.values[index] === null ? "没有数据" : one.texts[index];
  const range = rangeText(one, index);
  return [spec.labels[index], `${one.name} ${value}`.trim(), range].filter(Boolean).join("，");
}

/** Between what a value lies with 95 % confidence; nothing where that is not known. */
export function rangeText(one, index) {
  return one.ranges?.[index] ? `区间 ${one.ranges[index]}` : "";
}
