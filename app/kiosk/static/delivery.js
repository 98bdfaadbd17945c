// Delivering ratings: each stays in the store until the server has answered for it, and counts once.

import { Waits } from "./waits.js";

const MOST = 200;
const PATH = "/api/v1/ratings/device/batch";
const RETRY = new Set([429, 503]);

/** Delivers what waits, as long as something does. */
export class Delivery {
  #store;
  #calls;
  #clock;
  #on;
  #waits = new Waits();
  #timer = 0;
  #running = false;
  #again = false;
  #most = MOST;
  #stopped = false;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./calls.js").Calls} calls
   * @param {import("./clock.js").Clock} clock
   * @param {{settled: () => void, trouble: (trouble: Error) => void}} on
   */
  constructor(store, calls, clock, on) {
    this.#store = store;
    this.#calls = calls;
    this.#clock = clock;
    this.#on = on;
  }

  /** Deliver now what waits; something has come, or the network is back. */
  async kick() {
    clearTimeout(this.#timer);
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#all();
      } while (this.#again && !this.#stopped);
    } finally {
      this.#running = false;
    }
  }

  /** Deliver nothing more. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The tablet was revoked, nothing of it is ever taken: set all aside, so that no text stays. */
  async giveUp(code, title) {
    this.stop();
    const at = this.#clock.server();
    const all = await this.#store.waiting();
    await this.#store.settle([], all.map((rating) => ({ rating, code, title, at })));
  }

  async #all() {
    for (;;) {
      const batch = this.#stopped ? [] : await this.#store.waiting(this.#most);
      if (batch.length === 0) return;
      if (!(await this.#deliver(batch))) return;
    }
  }

  /** Whether to go on at once. */
  async #deliver(batch) {
    let answers;
    try {
      answers = await this.#calls.json("POST", PATH, { ratings: batch.map((one) => this.#wire(one)) });
    } catch (trouble) {
      return this.#failed(batch, trouble);
    }
    this.#waits.reset();
    return this.#settle(batch, answers.items);
  }

  async #settle(batch, items) {
    const kept = [];
    const refused = [];
    batch.forEach((rating, n) => {
      const { status, code, title, detail } = items[n];
      if (status < 300) kept.push(rating.event_id);
      else if (!RETRY.has(status)) refused.push({ rating, code, title: detail || title, at: this.#clock.server() });
    });
    await this.#store.settle(kept, refused);
    this.#on.settled();
    if (kept.length + refused.length === batch.length) return true;
    this.#later();
    return false;
  }

  async #failed(batch, trouble) {
    if (trouble.fatal) {
      this.#on.trouble(trouble);
      return false;
    }
    if (trouble.passing || trouble.status === undefined) {
      this.#later();
      return false;
    }
    if (batch.length > 1) {
      this.#most = 1; // one of them is unreadable: find out which
      return true;
    }
    const [rating] = batch;
    await this.#store.settle([], [{ rating, code: trouble.code, title: trouble.message, at: this.#clock.server() }]);
    this.#most = MOST;
    this.#on.settled();
    return true;
  }

  #later() {
    if (!this.#stopped) this.#timer = setTimeout(() => this.kick(), this.#waits.next());
  }

  #wire({ event_id, service_id, level, tags, comment, tapped_at, server_ahead }) {
    const happened = this.#clock.happened({ tapped_at, server_ahead });
    return { event_id, service_id, level, tags, comment, happened_at: new Date(happened).toISOString() };
  }
}
