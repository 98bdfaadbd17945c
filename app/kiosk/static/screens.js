// What is on the tablet's screen. One section of the document is shown at a time.

const TIME = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "long" });

const SETTLING = 600;
let settling = 0;

/** @returns {HTMLElement} the one element that is marked `data-<name>` */
export function part(name, within = document) {
  return within.querySelector(`[data-${name}]`);
}

/** Put these in the place of all that `place` holds. */
export function fill(place, ...nodes) {
  place.textContent = "";
  place.append(...nodes);
}

/**
 * Show one section and bring its heading to whoever cannot see the screen. For a moment it takes no
 * touch: the second half of a double touch was meant for what was there before.
 */
export function show(name) {
  settle();
  document.querySelector("dialog[open]")?.close(); // it would lie over what is shown now
  document.body.dataset.screen = name;
  for (const section of document.querySelectorAll("[data-section]")) {
    section.hidden = section.dataset.section !== name;
  }
  const heading = document.querySelector(`[data-section="${name}"] h2`);
  heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function settle() {
  document.body.dataset.settling = "";
  clearTimeout(settling);
  settling = setTimeout(() => delete document.body.dataset.settling, SETTLING);
}

/** Which section is shown. */
export function shown() {
  return document.body.dataset.screen;
}

/** Have a screen reader say this now. */
export function announce(sentence) {
  part("live").textContent = sentence;
}

/** Where the tablet stands and who serves; `live`: whether the server has just said so. */
export function showFace(face, photo, live) {
  part("hall").textContent = face?.hall_name ?? "窗口评价器";
  part("window").textContent = face?.window ? `${face.window.number} 号窗口 · ${face.window.name}` : "";
  const { staff } = face ?? {};
  part("served").hidden = !staff;
  part("unserved").hidden = !live || Boolean(staff) || !face?.window;
  if (staff) {
    part("staff-name").textContent = staff.name;
    part("staff-number").textContent = `工号 ${staff.number}`;
  }
  for (const image of document.querySelectorAll("[data-photo]")) showPhoto(image, photo, staff?.name);
}

function showPhoto(image, photo, name) {
  image.hidden = !photo;
  image.nextElementSibling.toggleAttribute("hidden", Boolean(photo)); // the drawing in its place
  if (photo) {
    image.src = photo;
    image.alt = `${name}的照片`;
  } else {
    image.removeAttribute("src");
  }
}

/** The server's time, by the minute. */
export function showTime(milliseconds) {
  const now = new Date(milliseconds);
  part("time").textContent = TIME.format(now);
  part("time").dateTime = now.toISOString();
  part("day").textContent = DAY.format(now);
}

const STATES = { on: "已连接", off: "未连接", trying: "正在连接", none: "未登记" };

/**
 * How the tablet is connected, and how many ratings wait.
 * @param {"on" | "off" | "trying" | "none"} connection
 */
export function showConnection(connection, waiting) {
  part("offline").hidden = connection !== "off";
  part("waiting").textContent = waiting ? `有 ${waiting} 条评价等待送出，网络恢复后自动送出。` : "不影响评价，恢复后自动送出。";
  const state = part("state");
  state.dataset.state = connection;
  state.textContent = STATES[connection];
}

/** Something is wrong that a citizen cannot mend. */
export function showTrouble(title, advice, { again = false } = {}) {
  part("trouble-title").textContent = title;
  part("trouble-advice").textContent = advice;
  part("trouble-enrol").hidden = !again;
  show("trouble");
}
