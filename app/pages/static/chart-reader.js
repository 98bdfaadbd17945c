// Reading a chart point by point: by pointer, by touch and by keyboard; and on to what is behind it.
import { lies } from "./chart-options.js";
import { swatchOf } from "./chart-swatch.js";
import { pointSentence, rangeText } from "./chart-words.js";
import { say } from "./say.js";

const NEAR = 28; // pixels

/**
 * Make a drawn chart readable. Left and right go along the labels, up and down from series to
 * series (where bars lie, up and down go along), Enter follows a point's link, Escape lets go.
 * @returns {() => void} lets go of it
 */
export function read(place, spec, chart, look) {
  const tip = place.querySelector(".chart-tip");
  const state = { index: -1, series: 0, touched: "" };
  const lying = lies(spec);
  const stop = new AbortController();
  const on = (name, act) => place.addEventListener(name, act, { signal: stop.signal });

  const show = (index, series) => {
    if (index === state.index && series === state.series) return;
    Object.assign(state, { index, series });
    mark(chart, spec, index, series);
    fill(tip, spec, index, series, look);
    put(tip, place, where(chart, spec, index, series, lying));
    place.classList.toggle("leads", Boolean(linkOf(spec, index, series)));
  };
  const hide = () => {
    state.index = -1;
    tip.hidden = true;
    place.classList.remove("leads");
    chart.dispatchAction({ type: "downplay" });
  };
  const go = () => {
    const link = linkOf(spec, state.index, state.series);
    if (link) location.assign(link);
  };

  on("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const found = nearest(chart, spec, place, event, lying);
    if (found) show(...found);
    else hide();
  });
  on("pointerleave", (event) => event.pointerType !== "touch" && hide());
  on("click", (event) => {
    const found = nearest(chart, spec, place, event, lying);
    if (!found) return;
    const touched = event.pointerType === "touch";
    const known = state.touched === found.join() || !touched; // the first touch shows, the second goes
    show(...found);
    state.touched = found.join();
    if (known) go();
  });
  on("focus", () => place.matches(":focus-visible") && say("用方向键逐点查看，回车查看明细。"));
  on("blur", hide);
  on("keydown", (event) => {
    const move = step(event.key, lying);
    if (event.key === "Enter") go();
    else if (event.key === "Escape") hide();
    else if (move) {
      const next = moved(spec, state, move);
      show(...next);
      say(pointSentence(spec, ...next));
    } else return;
    event.preventDefault();
  });
  return () => stop.abort();
}

/** Where a point leads to; nothing where there is nothing behind it. */
function linkOf(spec, index, series) {
  return spec.series[series]?.links?.[index] ?? "";
}

function step(key, lying) {
  const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const across = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const ends = { Home: [-Infinity, 0], End: [Infinity, 0] };
  return (lying ? across : along)[key] ?? ends[key];
}

function moved(spec, state, [by, series]) {
  const last = spec.labels.length - 1;
  const from = state.index < 0 ? (by < 0 ? last + 1 : -1) : state.index;
  const index = Math.min(last, Math.max(0, from + by));
  const count = spec.series.length;
  return [series && state.index >= 0 ? state.index : index, (state.series + series + count) % count];
}

function mark(chart, spec, index, series) {
  chart.dispatchAction({ type: "downplay" });
  const at = spec.kind === "interval" || spec.kind === "line" ? [series] : spec.series.keys();
  for (const n of at) chart.dispatchAction({ type: "highlight", seriesId: `s${n}`, dataIndex: index });
}

/** The pixel of a point; of one without a value, of its place on the axis. */
function where(chart, spec, index, series, lying) {
  let value = spec.series[series].values[index] ?? 0;
  if (spec.kind === "stacked") {
    value = spec.series.slice(0, series).reduce((sum, one) => sum + (one.values[index] ?? 0), value / 2);
  }
  return chart.convertToPixel({ seriesId: `s${series}` }, lying ? [value, index] : [index, value]);
}

function nearest(chart, spec, place, event, lying) {
  const box = place.querySelector(".chart-drawing").getBoundingClientRect();
  const pixel = [event.clientX - box.left, event.clientY - box.top];
  if (!chart.containPixel({ gridIndex: 0 }, pixel) && !lying) return null;
  const found = chart.convertFromPixel({ gridIndex: 0 }, pixel)[lying ? 1 : 0];
  const index = Math.min(spec.labels.length - 1, Math.max(0, Math.round(found)));
  const far = spec.series.map((one, series) => {
    if (one.values[index] == null) return Infinity;
    const at = where(chart, spec, index, series, lying);
    return Math.abs(at[lying ? 0 : 1] - pixel[lying ? 0 : 1]);
  });
  const series = far.indexOf(Math.min(...far));
  const reaches = spec.kind !== "line" || far[series] < NEAR * 3;
  return series >= 0 && reaches ? [index, series] : null;
}

function fill(tip, spec, index, series, look) {
  const title = element("strong", "", spec.labels[index]);
  const rows = spec.series.map((one, at) => row(spec, one, index, at, at === series, look));
  const leads = linkOf(spec, index, series);
  tip.replaceChildren(title, ...rows, ...(leads ? [element("em", "", "点击或按回车查看明细")] : []));
  tip.hidden = false;
}

function row(spec, one, index, at, chosen, look) {
  const line = element("span", chosen ? "chart-tip-row chosen" : "chart-tip-row");
  const swatch = swatchOf(spec, at, look);
  const value = element("b", "", one.texts[index]);
  line.append(swatch, element("span", "", one.name), value);
  if (one.ranges?.[index]) line.append(element("small", "", rangeText(one, index)));
  return line;
}

function element(kind, look, text = "") {
  const made = document.createElement(kind);
  if (look) made.className = look;
  made.textContent = text;
  return made;
}

function put(tip, place, [x, y]) {
  const left = Math.min(Math.max(0, x + 12), place.clientWidth - tip.offsetWidth);
  const beside = left < x + 6 && x - tip.offsetWidth - 12 >= 0 ? x - tip.offsetWidth - 12 : left;
  tip.style.left = `${Math.max(0, beside)}px`;
  tip.style.top = `${Math.max(-8, y - tip.offsetHeight - 12)}px`;
}
