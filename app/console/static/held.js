// A held picture is fetched when somebody asks for it, because each reading is recorded; it is
// shown in its place. Without this module the link opens it in a window of its own.
import { say } from "../say.js";

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-picture]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link);
});

function show(link) {
  const picture = new Image();
  picture.alt = "待核的图片";
  picture.className = "held-picture";
  picture.addEventListener("load", () => {
    link.replaceWith(picture);
    say("图片已显示。");
  });
  picture.addEventListener("error", () => fail(link));
  picture.src = link.href;
}

function fail(link) {
  const note = document.createElement("span");
  note.className = "problem";
  note.role = "alert";
  note.textContent = "图片没有打开。它可能已经被处理，请刷新页面后再看。";
  link.replaceWith(note);
}
