// What a page says of a chart, as ECharts draws it: our colours, thin axes, labels beside the lines.
import { rangeOf } from "./chart-range.js";
import { axisText, unitName } from "./chart-words.js";

const DASHES = [[], [7, 4], [2, 3], [10, 4, 2, 4]];
const LEVELS = ["非常不满意", "不满意", "基本满意", "满意", "非常满意"];
const NARROW = 34; // ems: below, names stand above the chart and not beside the lines

/** The colours and the type of the page, read from its tokens. */
export function lookOf(place) {
  const tokens = getComputedStyle(document.documentElement);
  const token = (name) => tokens.getPropertyValue(`--${name}`).trim();
  const own = getComputedStyle(place);
  return {
    ink: token("ink"),
    soft: token("ink-soft"),
    line: token("line"),
    strong: token("line-strong"),
    card: token("card"),
    series: [1, 2, 3, 4, 5, 6].map((n) => token(`series-${n}`)),
    levels: [1, 2, 3, 4, 5].map((n) => token(`level-${n}`)),
    font: own.fontFamily,
    size: parseFloat(own.fontSize),
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

/** The colour of a series: that of its level where it is one of the five, else by its place. */
export function colourOf(spec, at, look) {
  const level = LEVELS.indexOf(spec.series[at].name);
  return level >= 0 ? look.levels[level] : look.series[at % look.series.length];
}

/** The level of a series that counts bad ratings (1 or 2), which is hatched; 0 for any other. */
export function badLevelOf(spec, at) {
  const level = LEVELS.indexOf(spec.series[at].name) + 1;
  return level <= 2 ? level : 0;
}

/** Bad levels are hatched, each in its own direction: told from good ones in black and white too. */
function hatchOf(spec, at, look) {
  const level = badLevelOf(spec, at);
  if (!level) return null;
  const turn = level === 1 ? Math.PI / 4 : -Math.PI / 4;
  return { symbol: "rect", color: look.card, dashArrayX: [1, 0], dashArrayY: [1.2, 4], rotation: turn };
}

/** How the line of a series is broken, so that lines are told apart without colours too. */
export function dashOf(at) {
  return DASHES[at % DASHES.length];
}

/** Whether the names of the categories stand at the left, with bars that lie. */
export function lies(spec) {
  if (spec.lying !== undefined) return spec.lying;
  if (spec.kind === "line") return false;
  if (spec.kind !== "bar") return true;
  return spec.labels.some((label) => label.length > 6);
}

/** Whether the names of the series need a place of their own above the chart. */
export function needsLegend(spec, width, look) {
  if (spec.series.length < 2) return false;
  return spec.kind !== "line" || width < NARROW * look.size;
}

/** How high the chart should be, in pixels. */
export function heightOf(spec, width, look) {
  if (lies(spec)) {
    const rows = spec.labels.length * (spec.kind === "bar" ? spec.series.length : 1);
    return Math.max(4.5, rows * (spec.kind === "bar" ? 1.9 : 2.1) + 1.2) * look.size;
  }
  const wanted = width * (spec.size === "small" ? 0.32 : 0.4);
  const [least, most] = spec.size === "small" ? [8, 11] : [13, 20];
  return Math.min(most * look.size, Math.max(least * look.size, wanted));
}

/** The whole of what ECharts is told. */
export function optionOf(spec, width, look) {
  const lying = lies(spec);
  const categories = categoryAxis(spec, width, lying, look);
  const values = valueAxis(spec, lying, look);
  return {
    animation: !look.still,
    animationDuration: 250,
    textStyle: { fontFamily: look.font, fontSize: look.size * 0.86, color: look.soft },
    grid: gridOf(spec, width, look, lying),
    xAxis: lying ? values : categories,
    yAxis: lying ? categories : values,
    tooltip: { show: false },
    series: seriesOf(spec, width, look, lying),
  };
}

function gridOf(spec, width, look, lying) {
  const named = spec.kind === "line" && spec.series.length > 1 && !needsLegend(spec, width, look);
  const names = Math.max(...spec.series.map((one) => one.name.length), 0);
  const room = lying ? 4.6 : named ? Math.min(names, 12) * 0.9 + 1.2 : 1;
  return {
    left: 2,
    right: (spec.kind === "stacked" && lying ? 1 : room) * look.size,
    top: look.size * (lying ? 0.2 : unitName(spec.unit) ? 2.2 : 0.9),
    bottom: lying ? look.size * (spec.kind === "interval" ? 0.3 : 0.2) : look.size * 0.2,
    containLabel: true,
  };
}

function categoryAxis(spec, width, lying, look) {
  const bars = spec.kind !== "line";
  const few = bars && spec.labels.length <= 12;
  return {
    type: "category",
    data: spec.labels,
    inverse: lying,
    boundaryGap: bars,
    axisTick: { show: false },
    axisLine: { show: !lying, lineStyle: { color: look.strong, width: 1 } },
    axisLabel: {
      color: lying ? look.ink : look.soft,
      fontSize: look.size * 0.86,
      hideOverlap: !few,
      interval: lying || few ? 0 : "auto",
      width: lying ? look.size * 9 : few ? width / spec.labels.length - look.size : undefined,
      overflow: lying ? "truncate" : few ? "break" : "none",
      alignMinLabel: bars ? undefined : "left",
      alignMaxLabel: bars ? undefined : "right",
    },
  };
}

function valueAxis(spec, lying, look) {
  const shown = !lying || spec.kind === "interval";
  return {
    type: "value",
    ...rangeOf(spec),
    splitNumber: 4,
    name: lying ? "" : unitName(spec.unit),
    nameTextStyle: { align: "left", color: look.soft, fontSize: look.size * 0.8 },
    nameGap: look.size * 0.6,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: shown, lineStyle: { color: look.line, width: 1 } },
    axisLabel: {
      show: shown,
      color: look.soft,
      fontSize: look.size * 0.8,
      hideOverlap: true,
      formatter: (value) => axisText(value, spec.unit),
    },
  };
}

function seriesOf(spec, width, look, lying) {
  const draw = { line: lines, bar: bars, stacked: stacks, interval: intervals }[spec.kind];
  return spec.series.flatMap((one, at) => draw(spec, one, at, { width, look, lying }));
}

function lines(spec, one, at, { width, look }) {
  const colour = colourOf(spec, at, look);
  const beside = spec.series.length > 1 && !needsLegend(spec, width, look);
  const roomy = width / spec.labels.length > 14;
  const line = {
    id: `s${at}`,
    name: one.name,
    type: "line",
    data: one.values,
    connectNulls: false,
    symbol: "circle",
    symbolSize: roomy ? 7 : 4,
    showSymbol: roomy || hasLonely(one.values),
    z: 4,
    lineStyle: { color: colour, width: 2.25, type: at ? dashOf(at) : "solid" },
    itemStyle: { color: colour, borderColor: look.card, borderWidth: roomy ? 1.5 : 0 },
    emphasis: { scale: 1.6 },
    endLabel: { show: beside, formatter: one.name, color: colour, fontWeight: 600, distance: 8 },
    labelLayout: { moveOverlap: "shiftY" },
  };
  return one.lows ? [...band(one, at, colour), line] : [line];
}

/** Whether a point stands between two gaps, where no line shows it. */
function hasLonely(values) {
  return values.some((v, n) => v !== null && values[n - 1] == null && values[n + 1] == null);
}

function band(one, at, colour) {
  const spread = one.lows.map((low, n) => (low === null ? null : one.highs[n] - low));
  const common = {
    type: "line",
    stack: `band${at}`,
    stackStrategy: "all",
    symbol: "none",
    silent: true,
    lineStyle: { width: 0 },
    z: 2,
  };
  return [
    { ...common, id: `low${at}`, data: one.lows },
    { ...common, id: `band${at}`, data: spread, areaStyle: { color: colour, opacity: 0.14 } },
  ];
}

function bars(spec, one, at, { look, lying }) {
  const label = { show: lying || spec.labels.length <= 12, position: lying ? "right" : "top" };
  const text = ({ dataIndex, value }) => (lying ? one.texts[dataIndex] : axisText(value, spec.unit));
  return [
    {
      id: `s${at}`,
      name: one.name,
      type: "bar",
      data: one.values,
      barMaxWidth: look.size * 1.5,
      barMinWidth: 3,
      barCategoryGap: "38%",
      barGap: "12%",
      itemStyle: { color: colourOf(spec, at, look), borderRadius: lying ? [0, 3, 3, 0] : [3, 3, 0, 0] },
      label: { ...label, color: look.ink, formatter: text },
      labelLayout: { hideOverlap: true },
    },
  ];
}

function stacks(spec, one, at, { look, lying }) {
  return [
    {
      id: `s${at}`,
      name: one.name,
      type: "bar",
      stack: "all",
      data: one.values,
      barMaxWidth: look.size * 1.7,
      barCategoryGap: lying ? "30%" : "25%",
      itemStyle: {
        color: colourOf(spec, at, look),
        borderColor: look.card,
        borderWidth: 1,
        decal: hatchOf(spec, at, look),
      },
      label: { show: false },
    },
  ];
}

/** A dot with whiskers for each row: what was measured, and between what it lies. */
function intervals(spec, one, at, { look }) {
  const colour = colourOf(spec, at, look);
  return [
    {
      id: `w${at}`,
      type: "custom",
      silent: true,
      z: 2,
      data: one.values.map((_, n) => [one.lows?.[n], n, one.highs?.[n]]),
      encode: { x: [0, 2], y: 1 },
      renderItem: (_params, api) => whisker(api, colour, look),
    },
    {
      id: `s${at}`,
      name: one.name,
      type: "scatter",
      data: one.values.map((value, n) => [value, n]),
      symbolSize: look.size * 0.72,
      z: 4,
      itemStyle: { color: colour, opacity: 1, borderColor: look.card, borderWidth: 1.5 },
      label: { show: false },
      emphasis: { scale: 1.3 },
    },
    {
      id: `v${at}`,
      type: "custom",
      silent: true,
      data: one.values.map((value, n) => [value, n]),
      renderItem: (params, api) => figure(params, api, one, look),
    },
  ];
}

function whisker(api, colour, look) {
  const [low, row, high] = [api.value(0), api.value(1), api.value(2)];
  if (Number.isNaN(low) || Number.isNaN(high)) return null;
  const [left, y] = api.coord([low, row]);
  const [right] = api.coord([high, row]);
  const tall = look.size * 0.3;
  const stroke = { stroke: colour, lineWidth: 2, opacity: 0.75 };
  const bar = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: stroke });
  return {
    type: "group",
    children: [
      bar(left, y, right, y),
      bar(left, y - tall, left, y + tall),
      bar(right, y - tall, right, y + tall),
    ],
  };
}

/** The value in a column of its own at the right. */
function figure(params, api, one, look) {
  const { x, width } = params.coordSys;
  const [, y] = api.coord([api.value(0), api.value(1)]);
  return {
    type: "text",
    style: {
      text: one.texts[params.dataIndex],
      x: x + width + look.size * 4.4,
      y,
      align: "right",
      verticalAlign: "middle",
      fill: look.ink,
      font: `600 ${look.size * 0.9}px ${look.font}`,
    },
  };
}
