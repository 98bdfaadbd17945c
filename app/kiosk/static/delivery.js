// Delivering ratings: each stays in the store until the server has answered for it, and counts once.

import { Waits } from "./waits.js";

const MOST = 200;
const PATH = "/api/v1/ratings/device/batch";
const BAD_IN_A_ROW = 3;

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
  #passedBy = new Set();
  #failures = 0;
  #restUntil = 0;
  #stopped = false;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./calls.js").Calls} calls
   * @param {import("./clock.js").Clock} clock
   * @param {{settled: () => void, trouble: (trouble: Error) => void, hello: () => Promise<void>}} on
   *   `hello` asks the server for its time
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
    if (this.#restUntil > performance.now()) {
      this.#later(this.#restUntil - performance.now());
      return;
    }
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
    await this.#store.settle([], this.#store.waiting().map((rating) => ({ rating, code, title, at })));
  }

  #all = async () => {
    for (;;) {
      const batch = this.#stopped ? [] : this.#next();
      if (batch.length === 0) break;
      if (!(await this.#deliver(batch))) return;
    }
    if (this.#passedBy.size > 0) this.#later();
    else this.#most = MOST;
    this.#passedBy.clear();
  };

  #next = () => {
    const left = this.#store.waiting().filter(({ event_id }) => !this.#passedBy.has(event_id));
    return left.slice(0, this.#most);
  };

  /** Whether to go on at once. */
  #deliver = async (batch) => {
    let answers;
    try {
      // Without the server's time, what a wrong clock told of a rating could not be set right.
      if (this.#clock.ahead === null) await this.#on.hello();
      answers = await this.#calls.json("POST", PATH, () => ({ ratings: batch.map((one) => this.#wire(one)) }));
    } catch (trouble) {
      return this.#failed(batch, trouble);
    }
    this.#waits.reset();
    this.#failures = 0;
    return this.#settle(batch, Array.isArray(answers?.items) ? answers.items : []);
  };

  /** Each by its own answer; whatever has none, or one that may change, goes on waiting. */
  #settle = async (batch, items) => {
    const kept = [];
    const refused = [];
    batch.forEach((rating, n) => {
      const { status, event_id: id, code, title, detail } = items[n] ?? {};
      if (!status || (id && id !== rating.event_id) || status === 429 || status >= 500) return;
      if (status < 300) kept.push(rating.event_id);
      else refused.push({ rating, code, title: detail || title, at: this.#clock.server() });
    });
    await this.#store.settle(kept, refused);
    this.#on.settled();
    if (kept.length + refused.length === batch.length) return true;
    this.#later();
    return false;
  };

  #failed = async (batch, trouble) => {
    if (trouble.fatal) {
      this.#on.trouble(trouble);
      return false;
    }
    this.#failures += 1;
    if (batch.length > 1 && this.#oneByOne(trouble)) {
      this.#most = 1;
      return true;
    }
    if (batch.length === 1 && trouble.final) return this.#setAside(batch[0], trouble);
    if (this.#most === 1 && trouble.status === 500) {
      this.#passedBy.add(batch[0].event_id); // it waits, and the others go before it
      if (this.#failures % BAD_IN_A_ROW !== 0) return true;
    }
    if (trouble.rest) this.#restUntil = performance.now() + trouble.rest * 1_000;
    this.#later(Math.max(this.#waits.next(), (trouble.rest ?? 0) * 1_000));
    return false;
  };

  /** Whether one of a batch may be to blame that all failed; then it is found by sending each alone. */
  #oneByOne = (trouble) => trouble.final || trouble.status === 413 || (trouble.status === 500 && this.#failures >= BAD_IN_A_ROW);

  #setAside = async (rating, { code, message }) => {
    await this.#store.settle([], [{ rating, code, title: message, at: this.#clock.server() }]);
    this.#on.settled();
    return true;
  };

  #later = (milliseconds = this.#waits.next()) => {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.kick(), milliseconds);
  };

  #wire = ({ event_id, service_id, level, tags, comment, tapped_at, server_ahead }) => {
    const happened = this.#clock.happened({ tapped_at, server_ahead });
    return { event_id, service_id, level, tags, comment, happened_at: new Date(happened).toISOString() };
  };
}
