// Charts: <figure data-chart> with its spec as JSON and the same figures as a table (ui.chart).
// ECharts is fetched when the first chart comes into sight; the others follow when there is time,
// so that a page is printed whole. Nothing is said by colour alone, and every point can be reached
// by keyboard (chart-reader.js).
import { heightOf, lookOf, needsLegend, optionOf } from "./chart-options.js";
import { read } from "./chart-reader.js";
import { swatchOf } from "./chart-swatch.js";

const LIBRARY = new URL("./vendor/echarts/index.js", import.meta.url).href;
const drawn = new Map();
const sight = new IntersectionObserver(
  (entries) => entries.forEach((entry) => entry.isIntersecting && begin(entry.target)),
  { rootMargin: "200px" },
);
const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) drawn.get(entry.target.closest("[data-chart]"))?.fit();
});

look();
document.addEventListener("renewed", look);
addEventListener("themechange", again);
addEventListener("beforeprint", beforePrint);

/** Find the charts that are new, and let go of those that have left the page. */
function look() {
  for (const [figure, one] of drawn) {
    if (!figure.isConnected) {
      one.end();
      drawn.delete(figure);
    }
  }
  for (const figure of document.querySelectorAll("[data-chart]:not([data-seen])")) {
    figure.dataset.seen = "";
    sight.observe(figure);
  }
}

/** What is not drawn by now is printed as its table. */
function beforePrint() {
  drawn.forEach((one) => one.fit());
  const figures = document.querySelectorAll("[data-chart]:not([data-drawn]) details");
  for (const table of figures) table.open = true;
}

/** Draw the charts further down the page too, one after the other, when nothing else is to do. */
function drawRest() {
  const next = document.querySelector("[data-chart][data-seen]:not([data-begun])");
  const later = window.requestIdleCallback ?? ((then) => setTimeout(then, 200));
  if (next) later(() => begin(next));
}

function again() {
  drawn.forEach((one) => one.draw());
}

async function begin(figure) {
  if ("begun" in figure.dataset) return;
  figure.dataset.begun = "";
  sight.unobserve(figure);
  try {
    const { echarts } = await import(LIBRARY);
    if (!figure.isConnected) return;
    const one = new Drawn(figure, echarts);
    drawn.set(figure, one);
    one.draw();
    sizes.observe(one.place);
    figure.dataset.drawn = "";
    drawRest();
  } catch (error) {
    console.error(error);
    figure.classList.add("chart-failed");
    figure.querySelector("details").open = true;
  }
}

/** One chart that is on the page. */
class Drawn {
  constructor(figure, echarts) {
    this.figure = figure;
    this.place = figure.querySelector(".chart-place");
    this.drawing = figure.querySelector(".chart-drawing");
    this.legend = figure.querySelector(".chart-legend");
    this.spec = JSON.parse(figure.querySelector(".chart-spec").textContent);
    this.chart = echarts.init(this.drawing, null, { renderer: "svg", height: 200 });
    this.width = 0;
    this.letGo = () => {};
  }

  /** Draw it anew with the page's colours and in the width that there is. */
  draw() {
    this.letGo();
    const look = lookOf(this.place);
    this.width = this.place.clientWidth;
    this.chart.resize({ width: this.width, height: heightOf(this.spec, this.width, look) });
    this.chart.setOption(optionOf(this.spec, this.width, look), { notMerge: true });
    this.name(look);
    this.letGo = read(this.place, this.spec, this.chart, look);
  }

  /** Draw it anew where its width has changed. */
  fit() {
    if (Math.abs(this.place.clientWidth - this.width) > 1) this.draw();
  }

  /** The names of the series above the chart, where they do not stand beside the lines. */
  name(look) {
    const needed = needsLegend(this.spec, this.width, look);
    this.legend.hidden = !needed;
    const names = this.spec.series.map((one, at) => {
      const entry = document.createElement("li");
      entry.append(swatchOf(this.spec, at, look), one.name);
      return entry;
    });
    this.legend.replaceChildren(...(needed ? names : []));
  }

  end() {
    this.letGo();
    this.chart.dispose();
  }
}
