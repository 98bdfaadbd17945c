// A catalogue file is sent as it is, and its import is watched as long work.
import { ask, Refused } from "../server.js";
import { say } from "../say.js";

const form = document.querySelector("form[data-upload]");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.getAttribute("aria-busy") !== "true") send();
});

async function send() {
  const [file] = form.elements.file.files;
  const query = new URLSearchParams({ name: file.name });
  if (form.elements.dry_run.checked) query.set("dry_run", "true");
  const url = `/api/v1/halls/${form.elements.hall_id.value}/catalog/import?${query}`;
  busy(true);
  form.querySelector("[role=alert]")?.remove();
  say("正在上传。");
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    const work = await ask(url, { method: "POST", body: file, headers });
    location.assign(`/works/${work.id}`);
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
