// About this tablet, for whoever looks after it.

import { fill, part } from "./screens.js";

const MOMENT = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
const MOST_SHOWN = 20;

/**
 * The panel of the tablet's state.
 * @param {{facts: () => object, showEnrolment: (yes: boolean) => void}} kiosk
 */
export function listen(kiosk) {
  const panel = part("panel");
  part("about").addEventListener("click", () => {
    draw(kiosk.facts());
    panel.showModal();
  });
  part("panel-close").addEventListener("click", () => panel.close());
  part("enrol-again").addEventListener("click", () => {
    panel.close();
    kiosk.showEnrolment(true);
  });
  part("trouble-enrol").addEventListener("click", () => kiosk.showEnrolment(true));
  part("enrol-leave").addEventListener("click", () => kiosk.showEnrolment(false));
}

function draw({ version, id, connection, waiting, aside, safe }) {
  part("fact-id").textContent = id ? `尾号 ${id.slice(-6)}` : "未登记";
  part("fact-version").textContent = version;
  part("fact-reached").textContent = connection === "on" ? "已连接" : "未连接";
  part("fact-waiting").textContent = `${waiting} 条`;
  part("fact-aside").textContent = `${aside.length} 条`;
  part("fact-safe").textContent = safe ? "正常" : "浏览器暂时不能保存数据，请不要关闭或刷新本页";
  const latest = aside.slice(-MOST_SHOWN);
  fill(part("aside"), ...latest.map(({ at, title }) => line(`${MOMENT.format(at)}　${title}`)));
}

function line(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
