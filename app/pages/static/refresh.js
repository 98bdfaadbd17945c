// Parts that renew themselves: <section data-refresh="/desk/parts/queue" data-every="5">.
// The answer is the part's inner HTML. Nothing is fetched while the page is hidden, and at once when
// it is seen again; where the server is away the part stays as it was, and above it stands so. A part
// in which something says data-over has nothing more to tell, and is asked for no more. What stands
// above a part that is not given out any more can be said by the part itself: data-refused="…".
import { merge } from "./merge.js";
import { say } from "./say.js";

const LONGEST_SECONDS = 60;
const PATIENCE_MS = 15_000;
const AWAY = "连接中断，以下是之前的内容，正在重试。";
const BACK = "连接已恢复。";
const SIGNED_OUT = "登录已过期，以下是之前的内容。";
const REFUSED = "以下内容不再更新，请刷新本页。";

for (const part of document.querySelectorAll("[data-refresh]")) keep(part);

function keep(part) {
  const every = Number(part.dataset.every) || 10;
  const state = { part, shown: "", note: null, asking: false };
  let wait = every;
  let timer = 0;
  const turn = async () => {
    clearTimeout(timer);
    if (part.querySelector("[data-over]")) return;
    if (!document.hidden) {
      wait = (await renew(state)) ? every : Math.min(wait * 2, LONGEST_SECONDS);
      clearTimeout(timer);
    }
    timer = setTimeout(turn, wait * 1000);
  };
  timer = setTimeout(turn, every * 1000);
  part.addEventListener("renew", turn);
  document.addEventListener("visibilitychange", () => document.hidden || turn());
  addEventListener("online", turn);
}

async function renew(state) {
  if (state.asking) return true;
  state.asking = true;
  try {
    const answer = await fetch(state.part.dataset.refresh, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.redirected || answer.status === 401) return tell(state, SIGNED_OUT, signIn());
    if (answer.status === 403 || answer.status === 404) {
      return tell(state, state.part.dataset.refused ?? REFUSED);
    }
    if (!answer.ok) return tell(state, AWAY);
    take(state, await answer.text());
    tell(state, "");
    return true;
  } catch {
    return tell(state, AWAY);
  } finally {
    state.asking = false;
  }
}

function take(state, html) {
  if (state.shown === html) return;
  state.shown = merge(state.part, html) ? html : "";
  state.part.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
}

/** Above the part stands why it is old, said aloud once; nothing where it is not. */
function tell(state, sentence, ...more) {
  const { part, note } = state;
  if ((note?.dataset.says ?? "") === sentence) return false;
  note?.remove();
  part.classList.toggle("old", Boolean(sentence));
  state.note = sentence ? document.createElement("p") : null;
  if (sentence) {
    state.note.className = "old-note";
    state.note.dataset.says = sentence;
    state.note.append(sentence, ...more);
    part.before(state.note);
  }
  say(sentence || BACK);
  return false;
}

/** In a tab of its own: what was typed here stays. */
function signIn() {
  const link = document.createElement("a");
  link.href = "/sign-in?next=/account";
  link.target = "_blank";
  link.textContent = "重新登录（新窗口）";
  return link;
}
