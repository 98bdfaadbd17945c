// The time that is left to answer, in words and as a bar.

import { part } from "./screens.js";

const TICK = 250;
const WARN_BELOW = 10;

/** Counts down by the clock that saw more time go by: the steady one stands still while a tablet sleeps. */
export class Countdown {
  #clock;
  #ends = { steady: 0, own: 0 };
  #ticking = 0;

  /** @param {import("./clock.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * Begin anew.
   * @param {number} milliseconds that are left
   * @param {number} whole seconds of the bar
   * @param {() => boolean} sends whether what was tapped is sent at the end
   * @param {() => void} over what happens at the end, once
   */
  start(milliseconds, whole, sends, over) {
    this.#ends = { steady: performance.now() + milliseconds, own: this.#clock.own() + milliseconds };
    this.stop();
    const tick = () => {
      const left = Math.max(0, Math.ceil(this.#left() / 1000));
      draw(left, whole, sends());
      if (left > 0) return;
      this.stop();
      over();
    };
    this.#ticking = setInterval(tick, TICK);
    tick();
  }

  /** Count no more. */
  stop() {
    clearInterval(this.#ticking);
  }

  #left = () => Math.min(this.#ends.steady - performance.now(), this.#ends.own - this.#clock.own());
}

function draw(left, whole, sends) {
  part("left-prompt").textContent = `${left} 秒后关闭，不评价也没有关系`;
  part("left-detail").textContent = sends ? `${left} 秒后自动提交` : `${left} 秒后关闭，不保存`;
  for (const bar of document.querySelectorAll("[data-bar]")) {
    bar.max = whole;
    bar.value = left;
  }
  document.body.toggleAttribute("data-hurry", left <= WARN_BELOW);
}
