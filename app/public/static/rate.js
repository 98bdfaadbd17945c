// The rating form with scripts: sent in place (forms.js), so that a weak signal loses nothing that
// was typed; brings the reasons into view; counts what can still be written.
import "../forms.js";

const form = document.querySelector("form.rate");
if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.name === "level") bringIn(event.target.value);
  });
  const comment = form.elements.namedItem("comment");
  comment.addEventListener("input", () => count(comment, form.querySelector("[data-left]")));
  // Back from the thanks: the page as it was left would still be sending.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

function bringIn(level) {
  const tags = document.getElementById(`tags-${level}`);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  tags?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function count(comment, place) {
  const left = comment.maxLength - comment.value.length;
  place.hidden = left > 50;
  place.textContent = `还可以写 ${left} 个字`;
}
