// The sign of a series beside its name: a piece of its line, or a square of its colour.
import { badLevelOf, colourOf, dashOf } from "./chart-options.js";

const SVG = "http://www.w3.org/2000/svg";

/** The sign of the series `at`, as an element. */
export function swatchOf(spec, at, look) {
  const colour = colourOf(spec, at, look);
  return spec.kind === "line" ? line(colour, dashOf(at)) : square(colour, badLevelOf(spec, at));
}

function square(colour, badLevel) {
  const made = document.createElement("i");
  made.className = badLevel ? `chart-swatch hatch-${badLevel}` : "chart-swatch";
  made.style.backgroundColor = colour;
  return made;
}

function line(colour, dash) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 28 6");
  made.setAttribute("class", "chart-swatch line");
  const stroke = document.createElementNS(SVG, "line");
  const values = { x1: 0, x2: 28, y1: 3, y2: 3, stroke: colour, "stroke-width": 3 };
  for (const [name, value] of Object.entries(values)) stroke.setAttribute(name, value);
  if (dash.length) stroke.setAttribute("stroke-dasharray", dash.join(" "));
  made.append(stroke);
  return made;
}
