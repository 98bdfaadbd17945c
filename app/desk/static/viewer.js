// Photos of a case, large: turned, zoomed and moved by mouse, finger or keyboard. Every act is a
// button with a key (keys.js); the wheel, dragging and the arrows are here. Esc closes, as of any
// dialog, and the focus goes back to where it came from.
const STEP = 1.25;
const LEAST = 0.5;
const MOST = 8;
const MOVE_PX = 80;

const viewer = document.getElementById("viewer");
const stage = viewer?.querySelector(".viewer-stage");
const picture = stage?.querySelector("img");
const trouble = stage?.querySelector(".problem");
const photos = [...document.querySelectorAll("a[data-photo]")].flatMap(pagesOf);
let at = 0;
let look = fresh();

/** Every page of a photo or document: where it is, and what it is called. */
function pagesOf(link) {
  const pages = Number(link.dataset.pages) || 1;
  return Array.from({ length: pages }, (_, n) => ({
    link,
    source: pages > 1 ? `${link.getAttribute("href")}?page=${n + 1}` : link.getAttribute("href"),
    name: pages > 1 ? `${link.dataset.name} 第 ${n + 1} 页` : link.dataset.name,
  }));
}

function fresh() {
  return { zoom: 1, turn: 0, x: 0, y: 0 };
}

function show(index) {
  at = (index + photos.length) % photos.length;
  look = fresh();
  const { source, name } = photos[at];
  trouble.hidden = true;
  picture.hidden = true; // the one before must not stand under this one's name while this one comes
  picture.src = source;
  picture.alt = name;
  document.getElementById("viewer-name").textContent = `${name}（${at + 1} / ${photos.length}）`;
  told("正在加载…");
}

/** What stands below is read aloud: nothing outside an open dialog is. */
function told(said) {
  const { name } = photos[at];
  viewer.querySelector("[data-says]").textContent = `${name}，第 ${at + 1} 张，共 ${photos.length} 张 · ${said}`;
}

function loaded() {
  picture.hidden = false;
  draw();
}

function failed() {
  if (!picture.hasAttribute("src")) return;
  picture.hidden = true;
  trouble.hidden = false;
  told("无法显示");
}

function draw() {
  picture.style.transform =
    `translate(${look.x}px, ${look.y}px) rotate(${look.turn}deg) scale(${look.zoom * fitted()})`;
  const turned = look.turn % 360;
  if (!picture.hidden) told(`缩放 ${Math.round(look.zoom * 100)}%，旋转 ${turned}°`);
  viewer.dataset.zoom = look.zoom.toFixed(2);
  viewer.dataset.turn = String(turned);
}

/** How much larger or smaller a picture fits on its side than upright. */
function fitted() {
  const { naturalWidth: wide, naturalHeight: high } = picture;
  if (look.turn % 180 === 0 || !wide) return 1;
  const { clientWidth: across, clientHeight: down } = stage;
  return Math.min(across / high, down / wide) / Math.min(across / wide, down / high);
}

function zoom(by) {
  look.zoom = Math.min(MOST, Math.max(LEAST, look.zoom * by));
  if (look.zoom <= 1) look.x = look.y = 0;
  draw();
}

function move(x, y) {
  look.x += x;
  look.y += y;
  draw();
}

const acts = {
  next: () => show(at + 1),
  back: () => show(at - 1),
  in: () => zoom(STEP),
  out: () => zoom(1 / STEP),
  fit: () => {
    look = fresh();
    draw();
  },
  turn: () => {
    look.turn += 90;
    look.x = look.y = 0;
    draw();
  },
};

function open(event) {
  const link = event.target.closest?.("a[data-photo]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  viewer.showModal();
  stage.focus();
  show(photos.findIndex((photo) => photo.link === link));
}

function arrow(event) {
  if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    show(event.key === "Home" ? 0 : photos.length - 1);
    return;
  }
  const step = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const [x, y] = step[event.key] ?? [0, 0];
  if (!x && !y) return;
  event.preventDefault();
  if (look.zoom > 1) move(x * MOVE_PX, y * MOVE_PX);
  else if (x) show(at - x);
}

function drag(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  stage.focus();
  stage.setPointerCapture(event.pointerId);
  const moved = (next) => move(next.movementX, next.movementY);
  stage.addEventListener("pointermove", moved);
  const stop = () => stage.removeEventListener("pointermove", moved);
  stage.addEventListener("pointerup", stop, { once: true });
  stage.addEventListener("pointercancel", stop, { once: true });
}

if (viewer && photos.length) {
  addEventListener("click", open);
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do]();
  });
  viewer.addEventListener("keydown", arrow);
  viewer.addEventListener("close", () => picture.removeAttribute("src"));
  stage.addEventListener("pointerdown", drag);
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? STEP : 1 / STEP);
    },
    { passive: false },
  );
  picture.addEventListener("load", loaded);
  picture.addEventListener("error", failed);
}
