// The evaluator: a tablet's browser as the second face of a window.

import { Asking } from "./asking.js";
import { Calls, enrol } from "./calls.js";
import { Clock } from "./clock.js";
import * as comfort from "./comfort.js";
import { Delivery } from "./delivery.js";
import * as enrolling from "./enrolling.js";
import { Line } from "./line.js";
import * as panel from "./panel.js";
import * as screens from "./screens.js";
import { openStore } from "./store.js";
import { steady } from "./touch.js";
import { Voice } from "./voice.js";
import { patience } from "./waits.js";
import { registerWorker } from "./working.js";

const VERSION = document.querySelector('meta[name="kiosk-version"]').content;
const LOCK = "zhangban-kiosk";
const LOCK_PATIENCE = 2_000;
const FACE_AGAIN = 60_000;
const KNOWN_AGAIN = 60_000;
const STORAGE_AGAIN = 60_000;

const TROUBLES = {
  "device.revoked": ["评价器已停用", "管理员已停用这台设备。如需继续使用，请向管理员索取新的登记码。", { again: true }],
  "device.unknown": ["评价器未登记", "服务器不认识这台设备，本页每分钟自动再试一次。仍不恢复的，请向管理员索取登记码，重新登记。", { again: true }],
  "device.bad_signature": ["登记已失效", "这台设备的密钥已更换，本页每分钟自动再试一次。仍不恢复的，请向管理员索取登记码，重新登记。", { again: true }],
  another: ["已在另一个页面打开", "同一台平板只能打开一个评价页面。请关闭多余的页面，本页会自动继续。"],
  insecure: ["请使用安全地址打开", "评价器需要以 https 开头的地址。请联系管理员。"],
  storage: ["浏览器不能保存数据", "请关闭无痕模式，清理出存储空间，并允许本站保存数据；本页每分钟自动再试一次。"],
};

/** The tablet while it is enrolled: in touch, asking, delivering. */
class Kiosk {
  #store;
  #clock;
  #voice;
  #asking;
  #device = null;
  #line = null;
  #delivery = null;
  #calls = null;
  #face = null;
  #photo = { version: null, address: null };
  #connection = "none";
  #again = 0;

  constructor(store, clock, voice) {
    this.#store = store;
    this.#clock = clock;
    this.#voice = voice;
    this.#asking = new Asking(store, clock, voice, {
      shown: (id) => this.#line?.acknowledge(id),
      rated: () => this.#rated(),
      idle: () => screens.show("idle"),
    });
  }

  /** Go to work with the key in the store, or ask for a code. */
  async begin() {
    clearTimeout(this.#again);
    this.#device = this.#store.thing("device") ?? null;
    if (!this.#device) {
      this.showEnrolment(true);
      return;
    }
    this.#connection = "trying";
    this.#calls = new Calls(this.#device, this.#clock);
    const ears = {
      prompt: (prompt) => this.#asking.ask(prompt),
      withdrawn: (id) => this.#asking.withdraw(id),
      asking: () => this.#asking.asking,
      face: (face) => this.#meet(face),
      reached: (yes) => this.#reach(yes),
      trouble: (trouble) => this.#stop(trouble),
    };
    this.#delivery = new Delivery(this.#store, this.#calls, this.#clock, {
      settled: () => this.#draw(),
      trouble: (trouble) => this.#stop(trouble),
      hello: () => this.#calls.beat(this.#health()),
    });
    this.#line = new Line(this.#calls, this.#clock, () => this.#health(), ears);
    await this.#meet(this.#store.thing("face"), false);
    screens.show("idle");
    this.#draw();
    await this.#asking.goOn();
    this.#line.start();
    this.#delivery.kick();
  }

  /** Turn a code into this tablet's key and begin anew with it. */
  async enrol(code) {
    const device = await enrol(code, VERSION, this.#clock);
    await this.#leave();
    await this.#store.keep("face", undefined);
    await this.#store.keep("device", device);
    await this.begin();
  }

  /** Whether nobody is just rating, so that the page may be loaded anew. */
  get atRest() {
    return this.#store.safe && !this.#asking.busy && screens.shown() !== "enrol";
  }

  /** What is to be known of the tablet on the spot. */
  facts() {
    const { waiting } = this.#store.counts();
    const { safe } = this.#store;
    return { version: VERSION, id: this.#device?.id ?? "", connection: this.#connection, waiting, safe, aside: this.#store.aside() };
  }

  /** Back from the form of the code, or on to it. */
  showEnrolment(yes) {
    screens.part("enrol-leave").hidden = !this.#line;
    if (yes) screens.show("enrol");
    else if (this.#line) screens.show("idle");
  }

  #health = () => {
    const { waiting, aside } = this.#store.counts();
    return { version: VERSION, queue_length: waiting, refused_count: aside };
  };

  #meet = async (face, live = true) => {
    this.#face = face;
    const wanted = face?.staff?.photo ?? null;
    this.#forgetPhotoBut(wanted);
    screens.showFace(face, this.#photo.address, live); // who serves at once; the photo when it is here
    // Of whoever serves nothing is kept: after a start without network the place is shown alone.
    if (face && live) await this.#store.keep("face", { ...face, staff: null });
    if (!wanted || this.#photo.address || !(await this.#fetchPhoto(wanted))) return;
    if (face === this.#face) screens.showFace(face, this.#photo.address, live);
  };

  #forgetPhotoBut = (wanted) => {
    if (this.#photo.version === wanted) return;
    if (this.#photo.address) URL.revokeObjectURL(this.#photo.address);
    this.#photo = { version: null, address: null };
  };

  #fetchPhoto = async (wanted) => {
    try {
      const { version, blob } = await this.#calls.picture("/api/v1/devices/photo");
      const met = this.#face?.staff?.photo === version;
      if (version === wanted && met && !this.#photo.address) this.#photo = { version, address: URL.createObjectURL(blob) };
      return met;
    } catch {
      setTimeout(() => this.#face?.staff?.photo === wanted && this.#meet(this.#face), FACE_AGAIN);
      return false;
    }
  };

  #reach = (yes) => {
    const back = yes && this.#connection !== "on";
    this.#connection = yes ? "on" : "off";
    this.#draw();
    if (back) this.#delivery?.kick();
  };

  #rated = () => {
    this.#draw();
    this.#delivery?.kick();
  };

  #draw = () => screens.showConnection(this.#connection, this.#store.counts().waiting);

  #stop = async ({ code }) => {
    const [title] = TROUBLES[code];
    const delivery = this.#delivery;
    await this.#leave();
    if (code === "device.revoked") await delivery?.giveUp(code, title);
    this.#draw();
    screens.showTrouble(...TROUBLES[code]);
    if (code !== "device.revoked") this.#tryAgainLater();
  };

  /** A server that was set back to an older copy may know this tablet again. */
  #tryAgainLater = () => {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#tryAgain(), KNOWN_AGAIN);
  };

  #tryAgain = async () => {
    try {
      await this.#calls.beat(this.#health());
    } catch {
      this.#tryAgainLater();
      return;
    }
    if (screens.shown() === "trouble") await this.begin();
    else this.#tryAgainLater(); // somebody is typing a code
  };

  #leave = async () => {
    this.#line?.stop();
    this.#delivery?.stop();
    this.#line = this.#delivery = null;
    this.#connection = "none";
    await this.#asking.stop();
  };
}

/** Only one page of a tablet works at a time: two would ask the same citizen twice. */
function alone() {
  if (!navigator.locks) return Promise.resolve();
  const forever = () => new Promise(() => {});
  return new Promise((resolve) => {
    const held = () => {
      resolve();
      return forever();
    };
    navigator.locks.request(LOCK, { signal: patience(LOCK_PATIENCE) }, held).catch(() => {
      screens.showTrouble(...TROUBLES.another);
      navigator.locks.request(LOCK, held);
    });
  });
}

async function main() {
  document.documentElement.dataset.started = ""; // for start.js, which says so where it never is
  if (!window.isSecureContext || !crypto.subtle) {
    screens.showTrouble(...TROUBLES.insecure);
    return;
  }
  const code = enrolling.codeFromAddress();
  steady();
  await alone();
  let store;
  try {
    store = await openStore();
  } catch {
    screens.showTrouble(...TROUBLES.storage);
    setTimeout(() => location.reload(), STORAGE_AGAIN);
    return;
  }
  navigator.storage?.persist?.()?.catch(() => {}); // only a wish
  const clock = new Clock();
  const voice = new Voice(Boolean(store.thing("muted")));
  comfort.listen(store, voice);
  const kiosk = new Kiosk(store, clock, voice);
  enrolling.listen((typed) => kiosk.enrol(typed));
  panel.listen(kiosk);
  screens.showTime(clock.server());
  setInterval(() => screens.showTime(clock.server()), 1_000);
  await kiosk.begin();
  registerWorker(() => kiosk.atRest);
  if (code && screens.shown() === "enrol") await enrolling.attempt((typed) => kiosk.enrol(typed), code);
  else if (code) {
    screens.part("code").value = code;
    kiosk.showEnrolment(true); // another key takes the place of this one only if somebody wants it
  }
}

main();
