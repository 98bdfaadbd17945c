// Three clocks: the tablet's own, the one it signs with, and the server's as far as it is known.

const JUMP = 5_000;

/** The time, in milliseconds since 1970. */
export class Clock {
  #correction = 0;
  #ahead = null;
  #base = 0;

  /** By the tablet's own clock, right or wrong. */
  own() {
    return Date.now();
  }

  /** By which requests are signed: the tablet's own, until the server finds it too far off. */
  signing() {
    return Date.now() + this.#correction;
  }

  /** By the server's clock; by the tablet's own while the server was never heard. */
  server() {
    return Date.now() + (this.ahead ?? 0);
  }

  /**
   * How far the server's clock runs before the tablet's; null while that is not known: the server
   * was not heard yet, or the tablet's clock was set or it slept since.
   */
  get ahead() {
    return Math.abs(base() - this.#base) < JUMP ? this.#ahead : null;
  }

  /** The server said what time it is. */
  learn(serverTime) {
    this.#ahead = serverTime - Date.now();
    this.#base = base();
  }

  /** The server refused a signature for its time and said what time it is: sign by that. */
  correct(serverTime) {
    this.learn(serverTime);
    this.#correction = this.#ahead;
  }

  /**
   * When a rating was given, by the clock that signs its delivery, so that the server can take off
   * what it measures of that clock. A clock that was set right in between does no harm where the
   * server's time was known at the tap.
   * @param {{tapped_at: number, server_ahead: number | null}} rating
   */
  happened({ tapped_at, server_ahead }) {
    const { ahead } = this;
    const moved = server_ahead === null || ahead === null ? 0 : server_ahead - ahead;
    return tapped_at + moved + this.#correction;
  }
}

/** When the page's steady clock stood at nothing, by the tablet's: it moves if that one is set. */
function base() {
  return Date.now() - performance.now();
}
