// What is masked is shown in its place: the page's address stays what it was, so that going back to it
// asks nobody to send anything again. Without this module the form leads to a page of its own.
import { csrf } from "../server.js";
import { say } from "../say.js";

addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-reveal]")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return; // each reading is recorded: once is enough
  form.setAttribute("aria-busy", "true");
  const shown = await sectionOf(form);
  if (!shown) return form.submit(); // a page says what is wrong
  form.closest("section").replaceWith(shown);
  shown.querySelector("a[data-key]")?.focus();
  say("已显示，本次查看已记录。");
});

async function sectionOf(form) {
  try {
    const body = new URLSearchParams(new FormData(form));
    const headers = { Accept: "text/html", "Zhangban-CSRF": csrf() };
    const answer = await fetch(form.action, { method: "POST", body, headers });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(form.closest("section").id);
  } catch {
    return null;
  }
}
