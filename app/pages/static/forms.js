// Forms with data-form are sent in place: a problem is shown beside them, what was typed stays.
// Without this module the browser sends them, and a problem is a page of its own.
import { ask, Refused } from "./server.js";
import { say } from "./say.js";

/** What is said where the session has ended; `toSignIn` is the way back. */
export const SIGNED_OUT = "登录已过期，没有提交；填写的内容还在。请重新登录，再回到这里提交一次。";
const ON_THE_WIRE = /(缺少必填项|含有不认识的项)?“[\w.[\]]+”/;

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-form]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const body = new URLSearchParams(new FormData(form, submitter)); // while its button is enabled
  busy(form, true);
  clear(form);
  try {
    const answer = await ask(addressOf(form, submitter), { method: "POST", body });
    go(answer?.to ?? location.href);
  } catch (problem) {
    busy(form, false);
    if (!(problem instanceof Refused)) throw problem;
    show(form, problem);
  }
}

// A button without an address of its own says the page's as its formAction.
const addressOf = (form, submitter) =>
  submitter?.hasAttribute("formaction") ? submitter.formAction : form.getAttribute("action");

function go(to) {
  const target = new URL(to, location.href);
  const same = target.pathname === location.pathname && target.search === location.search;
  if (same) location.reload();
  else location.assign(target);
}

function busy(form, on) {
  form.setAttribute("aria-busy", String(on));
  for (const button of form.querySelectorAll("button")) button.disabled = on;
}

function clear(form) {
  form.querySelector(".problem")?.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function show(form, problem) {
  const field = problem.field && form.elements.namedItem(problem.field);
  const sentence = problem.code === "not_signed_in" ? SIGNED_OUT : named(problem, field);
  const place = document.createElement("p");
  place.className = "problem";
  place.role = "alert";
  place.tabIndex = -1;
  place.textContent = sentence;
  if (problem.code === "not_signed_in") place.append(" ", toSignIn());
  if (problem.status === 409) place.append(" ", toNewest());
  form.prepend(place);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  } else {
    place.focus();
  }
  say(sentence);
}

/**
 * The sentence with the field's label instead of its name on the wire.
 * @param {Refused} problem
 * @param {Element | RadioNodeList | null} field
 */
export function named({ message, field: name }, field) {
  if (!name) return message;
  const first = field instanceof RadioNodeList ? field[0] : field;
  const legend = first?.type === "radio" && first.closest("fieldset")?.querySelector("legend");
  const label = (legend || first?.labels?.[0])?.firstChild?.textContent.trim();
  const known = label && `“${label}”`;
  return message.replace(ON_THE_WIRE, (_, what = "") => what + (known || (what ? "" : "有一项")));
}

/** In a tab of its own: what was typed here stays, and the new session's token is taken over. */
export function toSignIn() {
  const link = document.createElement("a");
  link.href = "/sign-in?next=/account";
  link.target = "_blank";
  link.textContent = "重新登录（新窗口）";
  return link;
}

/** Somebody else was faster: how things stand now. */
function toNewest() {
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "查看最新情况";
  return link;
}

// A page that the browser had put aside comes back as it was left: at the moment of sending.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.querySelectorAll('form[aria-busy="true"]')) busy(form, false);
});
