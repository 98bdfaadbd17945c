// Parts that renew themselves: <section data-refresh="/desk/parts/queue" data-every="5">.
// The answer is the part's inner HTML. Nothing is fetched while the page is hidden; where the
// server is away the part stays as it was, and is marked as old.
const LONGEST_SECONDS = 60;

for (const part of document.querySelectorAll("[data-refresh]")) keep(part);

function keep(part) {
  const every = Number(part.dataset.every) || 10;
  let wait = every;
  const turn = async () => {
    if (!document.hidden) wait = (await renew(part)) ? every : Math.min(wait * 2, LONGEST_SECONDS);
    setTimeout(turn, wait * 1000);
  };
  setTimeout(turn, every * 1000);
  part.addEventListener("renew", () => renew(part));
}

async function renew(part) {
  try {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    swap(part, await answer.text());
    part.classList.remove("old");
    return true;
  } catch {
    part.classList.add("old");
    return false;
  }
}

function swap(part, html) {
  if (part.dataset.shown === html) return;
  const busy = part.querySelector('form[aria-busy="true"], dialog[open]');
  const typing = document.activeElement?.matches("input, textarea, select");
  if (busy || (typing && part.contains(document.activeElement))) return; // not under one's hands
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const unfolded = [...part.querySelectorAll("details[open][id]")].map(({ id }) => id);
  part.dataset.shown = html;
  part.innerHTML = html;
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
  part.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
}
