// A photo of a staff member: previewed as soon as it is chosen, sent without leaving the page.
import { ask, Refused } from "../server.js";
import { say } from "../say.js";

const form = document.querySelector("form[data-photo]");
const place = document.querySelector("[data-portrait]");

form?.elements.namedItem("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) preview(file);
});

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  form.setAttribute("aria-busy", "true");
  form.querySelector(".problem")?.remove();
  try {
    await ask(form.action, { method: "POST", body: new FormData(form) });
    location.reload();
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    button.disabled = false;
    form.setAttribute("aria-busy", "false");
    show(problem.message);
  }
});

function preview(file) {
  const picture = new Image(120, 150);
  picture.alt = "所选照片的预览";
  picture.src = URL.createObjectURL(file);
  // A picture that this browser cannot show, such as HEIC, may still be one that the server takes.
  picture.addEventListener("error", () => (place.textContent = "此格式无法预览"));
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
  place.replaceChildren(picture);
}

function show(sentence) {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.role = "alert";
  problem.textContent = sentence;
  form.prepend(problem);
  say(sentence);
}
