// A catalogue file is sent in place: what is wrong is said beside the form. Without this module the
// browser sends the same form.
import { ask, Refused } from "../server.js";
import { say } from "../say.js";

// A page that the browser had put aside comes back as it was left: at the moment of sending.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && form) busy(false);
});

const form = document.querySelector("form[data-upload]");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.getAttribute("aria-busy") !== "true") send();
});

async function send() {
  const body = new FormData(form);
  busy(true);
  form.querySelector("[role=alert]")?.remove();
  say("正在上传。");
  try {
    const { to } = await ask(form.action, { method: "POST", body });
    location.assign(to);
  } catch (problem) {
    busy(false);
    if (!(problem instanceof Refused)) throw problem;
    show(problem.message);
  }
}

function busy(on) {
  form.setAttribute("aria-busy", String(on));
  for (const button of form.querySelectorAll("button")) button.disabled = on;
}

function show(sentence) {
  const place = document.createElement("p");
  place.className = "problem";
  place.role = "alert";
  place.tabIndex = -1;
  place.textContent = sentence;
  form.prepend(place);
  place.focus();
}
