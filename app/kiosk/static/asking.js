// Asking for one rating: the five faces, the tags of the one that was tapped, and thanks.
//
// A tap on a face is kept at once, so that neither the end of the time nor of the power loses it.
// Nothing is ever chosen for the citizen. Without a tap for the prompt's time, nothing is kept.
//
// Taps, prompts and the end of time are dealt with one after another, each to its end: a prompt that
// comes while a rating is being kept waits that moment.

import { Countdown } from "./countdown.js";
import { announce, fill, part, show, shown } from "./screens.js";
import { newId } from "./signing.js";

const THANKS = 4_000;
const BAD = 2;
const OWN_SCREENS = ["prompt", "detail", "thanks"];

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
  #words = "";
  #countdown;
  #thanks = 0;
  #turns = Promise.resolve();
  #last = null;

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
    this.#countdown = new Countdown(clock);
    this.#listen();
  }

  /** What was begun before the page was loaded: a tap is kept, a prompt is shown again. */
  goOn() {
    return this.#inTurn(async () => {
      const tap = this.#store.thing("draft");
      const prompt = tap && isComplete(tap) ? undefined : this.#store.thing("prompt");
      if (tap) await this.#keepOrForget(tap);
      const left = prompt ? prompt.ends_at - this.#clock.own() : 0;
      if (left > 0 && left <= prompt.seconds * 1000) await this.#ask(prompt, left);
      else await this.#store.keep("prompt", undefined);
    });
  }

  /** Show a prompt of the server, unless it is on the screen or was answered here. */
  ask(prompt) {
    return this.#inTurn(async () => {
      const { service_id: id } = prompt;
      if (id === this.#prompt?.service_id) {
        this.#prompt = prompt;
        this.#drawWho();
        this.#on.shown(id);
        return;
      }
      const left = this.#left(prompt);
      if (left > 0 && id !== this.#last && !this.#store.knows(id)) await this.#ask(prompt, left);
    });
  }

  #ask = async (prompt, left) => {
    if (this.#tap) await this.#finish(); // the citizen before has left
    clearTimeout(this.#thanks);
    this.#prompt = prompt;
    this.#words = "";
    this.#drawPrompt();
    this.#until(left);
    this.#on.shown(prompt.service_id);
    announce("请对本次服务作出评价。共五个等级，按数字键五到一，或点选一个。");
    this.#voice.say("您好，请对本次服务作出评价。");
    const { service_id, seconds, levels } = prompt;
    await this.#store.keep("prompt", { service_id, seconds, levels, ends_at: this.#clock.own() + left });
  };

  /** The server takes the prompt back. Who has tapped a face may finish. */
  withdraw(serviceId) {
    return this.#inTurn(async () => {
      if (this.#prompt?.service_id === serviceId && !this.#tap) await this.#leave();
    });
  }

  /** The tablet stops working: what was tapped is kept, if it says all that it must. */
  stop() {
    return this.#inTurn(async () => {
      if (this.#tap) await this.#finish();
      this.#prompt = null;
      this.#voice.hush();
      this.#countdown.stop();
      await this.#store.keep("prompt", undefined);
    });
  }

  /** The service that is being asked about; null if none is. */
  get asking() {
    return this.#prompt?.service_id ?? null;
  }

  /** Whether somebody is being asked. */
  get busy() {
    return this.#prompt !== null || shown() === "thanks";
  }

  #inTurn = (work) => {
    this.#turns = this.#turns.then(work).catch((error) => {
      console.error(error);
      this.#prompt = this.#tap = null; // whatever it was: the next citizen finds a screen that works
      this.#countdown.stop();
      this.#goIdle();
    });
    return this.#turns;
  };

  #goIdle = () => {
    if (OWN_SCREENS.includes(shown())) this.#on.idle(); // and not what somebody has opened meanwhile
  };

  /** Milliseconds that a prompt lasts; its whole time while the server's clock is not known. */
  #left = ({ expires_at, seconds }) => {
    const whole = seconds * 1000;
    return this.#clock.ahead === null ? whole : Math.min(Date.parse(expires_at) - this.#clock.server(), whole);
  };

  #drawWho = () => {
    const { staff, item_name: item } = this.#prompt;
    part("prompt-staff").textContent = staff?.name ? `${staff.name}（${staff.number}）为您服务` : "";
    part("prompt-item").textContent = item ?? "";
  };

  #drawPrompt = () => {
    const { levels } = this.#prompt;
    this.#drawWho();
    for (const { level, name } of levels) part(`level="${level}"`).querySelector("[data-word]").textContent = name;
    show("prompt");
  };

  #choose = async (level) => {
    if (!this.#prompt || shown() !== "prompt") return; // touched twice
    this.#tap = {
      event_id: newId(),
      service_id: this.#prompt.service_id,
      level,
      tags: [],
      comment: this.#words,
      tapped_at: this.#clock.own(),
      server_ahead: this.#clock.ahead,
    };
    this.#voice.hush();
    this.#until();
    this.#drawDetail();
    await this.#store.keep("draft", this.#tap);
  };

  #drawDetail = () => {
    const { name, tags } = this.#prompt.levels.find(({ level }) => level === this.#tap.level);
    part("chosen").textContent = name;
    fill(part("chosen-face"), part(`level="${this.#tap.level}"`).querySelector("svg").cloneNode(true));
    part("reasons").textContent = this.#tap.level > BAD ? "您觉得哪些方面好？（可选，可多选）" : "请选择原因（可多选），或在下面写明";
    fill(part("tags"), ...tags.map((tag) => this.#tagButton(tag)));
    part("comment").value = this.#tap.comment;
    part("lacking").hidden = true;
    this.#count();
    show("detail");
    announce(`您选择了${name}。可以补充原因，然后提交。`);
  };

  #tagButton = ({ code, text }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag";
    button.textContent = text;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (!this.#tap) return;
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      this.#tap.tags = on ? [...this.#tap.tags, code] : this.#tap.tags.filter((one) => one !== code);
      this.#touched();
    });
    return button;
  };

  #touched = () => {
    if (!this.#tap) return;
    this.#tap.comment = part("comment").value;
    this.#until();
    if (isComplete(this.#tap)) part("lacking").hidden = true;
    this.#count();
    this.#store.keep("draft", { ...this.#tap });
  };

  #count = () => {
    part("letters").textContent = `${[...part("comment").value].length} / 150`;
  };

  #submit = async () => {
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
    this.#thanks = setTimeout(() => this.#goIdle(), THANKS);
  };

  #finish = async () => {
    const tap = this.#tap;
    this.#tap = null;
    this.#prompt = null;
    this.#countdown.stop();
    await this.#keepOrForget(tap);
  };

  /** Keep what was tapped, if it says all that it must; nothing is added to it. */
  #keepOrForget = async (tap) => {
    if (isComplete(tap)) {
      this.#last = tap.service_id;
      await this.#store.add({ ...tap, comment: tap.comment.trim() });
      this.#on.rated();
    } else {
      await this.#store.keep("draft", undefined);
      await this.#store.keep("prompt", undefined);
    }
  };

  #reconsider = async () => {
    if (!this.#tap) return;
    this.#words = this.#tap.comment; // what somebody wrote is still theirs
    this.#tap = null;
    this.#drawPrompt();
    this.#until();
    await this.#store.keep("draft", undefined);
  };

  #leave = async () => {
    this.#countdown.stop();
    this.#prompt = null;
    this.#voice.hush();
    this.#goIdle();
    await this.#store.keep("prompt", undefined);
  };

  #until = (milliseconds = this.#prompt.seconds * 1000) => {
    const { service_id: id, seconds } = this.#prompt;
    const sends = () => this.#tap !== null && isComplete(this.#tap);
    this.#countdown.start(milliseconds, seconds, sends, () => this.#inTurn(() => this.#timeUp(id)));
  };

  #timeUp = async (id) => {
    if (this.#prompt?.service_id !== id) return;
    if (!this.#tap) await this.#leave();
    else if (isComplete(this.#tap)) await this.#submit();
    else {
      await this.#finish();
      this.#goIdle();
    }
  };

  #listen = () => {
    for (const button of document.querySelectorAll("[data-level]")) {
      button.addEventListener("click", () => this.#inTurn(() => this.#choose(Number(button.dataset.level))));
    }
    part("detail-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#inTurn(this.#submit);
    });
    part("back").addEventListener("click", () => this.#inTurn(this.#reconsider));
    part("comment").addEventListener("input", () => this.#touched());
    addEventListener("pointerdown", () => this.#stillThere());
    addEventListener("keydown", (event) => this.#key(event));
  };

  #stillThere = () => {
    if (this.#tap) this.#until();
  };

  #key = (event) => {
    this.#stillThere();
    if (shown() === "prompt" && /^[1-5]$/.test(event.key)) this.#inTurn(() => this.#choose(Number(event.key)));
    if (shown() === "detail" && event.key === "Escape") this.#inTurn(this.#reconsider);
  };
}
