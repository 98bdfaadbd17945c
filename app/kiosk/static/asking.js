// Asking for one rating: the five faces, the tags of the one that was tapped, and thanks.
//
// A tap on a face is kept at once, so that neither the end of the time nor of the power loses it.
// Nothing is ever chosen for the citizen. Without a tap for the prompt's time, nothing is kept.

import { announce, part, show } from "./screens.js";

const THANKS = 4_000;
const WARN_BELOW = 10;
const BAD = 2;

/** Whether a rating says why, where it must: a 1 or 2 needs a tag or words. */
export function isComplete({ level, tags, comment }) {
  return level > BAD || tags.length > 0 || comment.trim() !== "";
}

/** Walks one citizen through a rating. */
export class Asking {
  #store;
  #clock;
  #voice;
  #on;
  #prompt = null;
  #tap = null;
  #deadline = 0;
  #timer = 0;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./clock.js").Clock} clock
   * @param {import("./voice.js").Voice} voice
   * @param {{shown: (serviceId: string) => void, rated: () => void, idle: () => void}} on
   */
  constructor(store, clock, voice, on) {
    this.#store = store;
    this.#clock = clock;
    this.#voice = voice;
    this.#on = on;
    this.#listen();
  }

  /** What was begun before the page was loaded: a tap is kept, a prompt is shown again. */
  async goOn() {
    const tap = await this.#store.thing("draft");
    if (tap && isComplete(tap)) {
      await this.#store.add(tap);
      this.#on.rated();
    } else if (tap) {
      await this.#store.keep("draft", undefined);
    }
    const prompt = await this.#store.thing("prompt");
    const left = prompt ? prompt.ends_at - this.#clock.own() : 0;
    if (left > 0 && left <= prompt.seconds * 1000) await this.#ask(prompt, left);
    else await this.#store.keep("prompt", undefined);
  }

  /** Show a prompt of the server, unless it is on the screen or was answered here. */
  async ask(prompt) {
    if (prompt.service_id === this.#prompt?.service_id) {
      this.#prompt = prompt;
      this.#drawWho();
      this.#on.shown(prompt.service_id);
    } else if (!(await this.#store.knows(prompt.service_id))) {
      await this.#ask(prompt, this.#left(prompt));
    }
  }

  async #ask(prompt, left) {
    if (this.#tap) await this.#finish(); // the citizen before has left
    this.#prompt = prompt;
    const { service_id, seconds, levels } = prompt;
    await this.#store.keep("prompt", { service_id, seconds, levels, ends_at: this.#clock.own() + left });
    this.#drawPrompt();
    this.#until(left);
    this.#on.shown(service_id);
    announce("请对本次服务作出评价。共五个等级，按数字键五到一，或点选一个。");
    this.#voice.say("您好，请对本次服务作出评价。");
  }

  /** The server takes the prompt back. Who has tapped a face may finish. */
  async withdraw(serviceId) {
    if (this.#prompt?.service_id === serviceId && !this.#tap) await this.#leave();
  }

  /** Whether somebody is being asked. */
  get busy() {
    return this.#prompt !== null || document.body.dataset.screen === "thanks";
  }

  /** Milliseconds that a prompt lasts; its whole time while the server's clock is not known. */
  #left({ expires_at, seconds }) {
    const whole = seconds * 1000;
    return this.#clock.ahead === null ? whole : Math.min(Date.parse(expires_at) - this.#clock.server(), whole);
  }

  #drawWho() {
    const { staff, item_name: item } = this.#prompt;
    part("prompt-staff").textContent = staff?.name ? `${staff.name}（${staff.number}）为您服务` : "";
    part("prompt-item").textContent = item ?? "";
  }

  #drawPrompt() {
    const { levels } = this.#prompt;
    this.#drawWho();
    for (const { level, name } of levels) part(`level="${level}"`).querySelector("[data-word]").textContent = name;
    show("prompt");
  }

  async #choose(level) {
    if (!this.#prompt) return;
    const before = this.#tap;
    this.#tap = {
      event_id: before?.event_id ?? crypto.randomUUID(),
      service_id: this.#prompt.service_id,
      level,
      tags: [],
      comment: before?.comment ?? "",
      tapped_at: this.#clock.own(),
      server_ahead: this.#clock.ahead,
    };
    this.#voice.hush();
    this.#until(this.#prompt.seconds * 1000);
    this.#drawDetail();
    await this.#store.keep("draft", this.#tap);
  }

  #drawDetail() {
    const { name, tags } = this.#prompt.levels.find(({ level }) => level === this.#tap.level);
    part("chosen").textContent = name;
    part("chosen-face").replaceChildren(part(`level="${this.#tap.level}"`).querySelector("svg").cloneNode(true));
    part("reasons").textContent = this.#tap.level > BAD ? "您觉得哪些方面好？（可选，可多选）" : "请选择原因（可多选），或在下面写明";
    part("tags").replaceChildren(...tags.map((tag) => this.#tagButton(tag)));
    part("comment").value = this.#tap.comment;
    part("lacking").hidden = true;
    this.#count();
    show("detail");
    announce(`您选择了${name}。可以补充原因，然后提交。`);
  }

  #tagButton({ code, text }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag";
    button.textContent = text;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      this.#tap.tags = on ? [...this.#tap.tags, code] : this.#tap.tags.filter((one) => one !== code);
      this.#touched();
    });
    return button;
  }

  #touched() {
    if (!this.#tap) return;
    this.#tap.comment = part("comment").value;
    this.#until(this.#prompt.seconds * 1000);
    if (isComplete(this.#tap)) part("lacking").hidden = true;
    this.#count();
    this.#store.keep("draft", { ...this.#tap });
  }

  #count() {
    part("letters").textContent = `${[...part("comment").value].length} / 150`;
  }

  async #submit() {
    if (!this.#tap) return;
    if (!isComplete(this.#tap)) {
      part("lacking").hidden = false;
      part("tags").querySelector("button")?.focus();
      return;
    }
    await this.#finish();
    show("thanks");
    announce("谢谢您的评价。");
    this.#voice.say("谢谢您的评价。");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#on.idle(), THANKS);
  }

  /** Keep what was tapped, if it says all that it must; nothing is added to it. */
  async #finish() {
    const tap = this.#tap;
    this.#tap = null;
    this.#prompt = null;
    clearInterval(this.#timer);
    if (isComplete(tap)) {
      await this.#store.add({ ...tap, comment: tap.comment.trim() });
      this.#on.rated();
    } else {
      await this.#store.keep("draft", undefined);
      await this.#store.keep("prompt", undefined);
    }
  }

  async #reconsider() {
    if (!this.#tap) return;
    this.#tap = null;
    await this.#store.keep("draft", undefined);
    this.#drawPrompt();
    this.#until(this.#prompt.seconds * 1000);
  }

  async #leave() {
    clearInterval(this.#timer);
    this.#prompt = null;
    this.#voice.hush();
    await this.#store.keep("prompt", undefined);
    this.#on.idle();
  }

  #until(milliseconds) {
    this.#deadline = performance.now() + milliseconds;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 250);
    this.#tick();
  }

  #tick() {
    const left = Math.max(0, Math.ceil((this.#deadline - performance.now()) / 1000));
    const sends = this.#tap && isComplete(this.#tap);
    part("left-prompt").textContent = `${left} 秒后关闭，不评价也没有关系`;
    part("left-detail").textContent = sends ? `${left} 秒后自动提交` : `${left} 秒后关闭，不保存`;
    for (const bar of document.querySelectorAll("[data-bar]")) {
      bar.max = this.#prompt?.seconds ?? 60;
      bar.value = left;
    }
    document.body.toggleAttribute("data-hurry", left <= WARN_BELOW);
    if (left === 0) this.#timeUp();
  }

  async #timeUp() {
    clearInterval(this.#timer);
    if (!this.#tap) await this.#leave();
    else if (isComplete(this.#tap)) await this.#submit();
    else {
      await this.#finish();
      this.#on.idle();
    }
  }

  #listen() {
    for (const button of document.querySelectorAll("[data-level]")) {
      button.addEventListener("click", () => this.#choose(Number(button.dataset.level)));
    }
    part("detail-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    part("back").addEventListener("click", () => this.#reconsider());
    part("comment").addEventListener("input", () => this.#touched());
    addEventListener("pointerdown", () => this.#stillThere());
    addEventListener("keydown", (event) => this.#key(event));
  }

  #stillThere() {
    if (this.#tap) this.#until(this.#prompt.seconds * 1000);
  }

  #key(event) {
    this.#stillThere();
    const asked = document.body.dataset.screen;
    if (asked === "prompt" && /^[1-5]$/.test(event.key)) this.#choose(Number(event.key));
    if (asked === "detail" && event.key === "Escape") this.#reconsider();
  }
}
