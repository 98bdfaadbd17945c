// Deferred materials at the window: who stands there first, then photos of what they brought.
import { ask, Refused } from "../server.js";
import { check, listen, supplied } from "./intake_materials.js";
import { onSend, present } from "./sending.js";

const place = document.getElementById("deferred");
const who = place.querySelector("[data-step=who]");
const photos = place.querySelector("[data-step=photos]");
const NAMES_ANOTHER = new Set(["cases.not_their_case", "cases.ticket_ended"]);
let ticket = "";

onSend(who, async (form) => {
  const found = await present(form);
  ticket = found.ticket;
  photos.querySelector("[data-who]").textContent = `申请人：${found.said}`;
  who.hidden = true;
  photos.hidden = false;
  photos.querySelector("input[type=file]").focus();
});

listen(photos, () => ticket, Number(place.dataset.most));

onSend(photos, async (form) => {
  check(form);
  const { materials } = supplied(form);
  if (!materials.length) throw new Refused({ title: "请至少拍一份补交的材料。" });
  const body = new URLSearchParams({ applicant: ticket });
  for (const [n, line] of materials.entries()) {
    body.set(`materials.${n}.requirement`, line.requirement);
    for (const [m, id] of line.material_ids.entries()) body.set(`materials.${n}.material_ids.${m}`, id);
  }
  try {
    const answer = await ask(form.getAttribute("action"), { method: "POST", body });
    go(answer.to);
  } catch (problem) {
    if (problem instanceof Refused && NAMES_ANOTHER.has(problem.code)) again();
    throw problem;
  }
});

function go(to) {
  if (to === location.pathname + location.search) location.reload();
  else location.assign(to);
}

/** Somebody else must say who they are: the photos that were taken are not theirs. */
function again() {
  ticket = "";
  for (const list of photos.querySelectorAll("[data-files]")) list.replaceChildren();
  const back = photos.querySelector(".form-acts [data-again]");
  if (back) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: "重新核对申请人" });
  button.dataset.again = "";
  button.addEventListener("click", () => {
    button.remove();
    photos.querySelector(".problem[role=alert]")?.remove();
    photos.hidden = true;
    who.hidden = false;
    who.querySelector("input").focus();
  });
  photos.querySelector(".form-acts").append(button);
}
