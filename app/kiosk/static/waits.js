// How long to wait before trying again.

const FIRST = 1_000;
const LONGEST = 30_000;

/** @returns {AbortSignal} a signal that gives up after these milliseconds */
export function patience(milliseconds) {
  const giving = new AbortController();
  setTimeout(() => giving.abort(), milliseconds);
  return giving.signal;
}

/** Waits that double with each failure, each shortened by chance so that not all tablets come at once. */
export class Waits {
  #failures = 0;

  /** Milliseconds until the next try. */
  next() {
    const most = Math.min(LONGEST, FIRST * 2 ** this.#failures);
    this.#failures += 1;
    return most * (0.5 + Math.random() / 2);
  }

  /** How often it failed since it last went well. */
  get failures() {
    return this.#failures;
  }

  /** It went well. */
  reset() {
    this.#failures = 0;
  }
}
