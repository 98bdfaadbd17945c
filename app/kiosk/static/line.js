// The line to the server: a socket that comes back by itself, and plain requests where none opens.

import { Waits } from "./waits.js";

const PING_EVERY = 20_000;
const SILENT_AFTER = 45_000;
const POLL_EVERY = 5_000;
const POLL_AFTER_FAILURES = 2;
const REVOKED = 4403;

/**
 * What the line tells.
 * @typedef {{prompt: (prompt: object) => void, withdrawn: (serviceId: string) => void,
 *   asking: () => string | null, face: (face: object) => void, reached: (yes: boolean) => void,
 *   trouble: (trouble: {code: string}) => void}} Ears
 */

/** Keeps the tablet in touch with the server. */
export class Line {
  #calls;
  #clock;
  #on;
  #health;
  #socket = null;
  #waits = new Waits();
  #timers = new Set();
  #heard = { own: 0, steady: 0 };
  #stopped = false;
  #connecting = false;

  /**
   * @param {import("./calls.js").Calls} calls
   * @param {import("./clock.js").Clock} clock
   * @param {() => object} health what the tablet says of itself
   * @param {Ears} on
   */
  constructor(calls, clock, health, on) {
    this.#calls = calls;
    this.#clock = clock;
    this.#health = health;
    this.#on = on;
  }

  /** Connect, and stay connected. */
  start() {
    addEventListener("online", this.#comeBack);
    addEventListener("offline", this.#drop);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  /** Say nothing more and listen to nothing. */
  stop() {
    this.#stopped = true;
    removeEventListener("online", this.#comeBack);
    removeEventListener("offline", this.#drop);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#clearTimers();
    this.#socket?.close();
  }

  /** Tell the server that a prompt is on the screen. */
  acknowledge(serviceId) {
    this.#say({ type: "ack", service_id: serviceId });
  }

  #comeBack = () => {
    this.#waits.reset();
    this.#clearTimers();
    this.#drop();
    this.#connect();
  };

  /** A tablet that has slept asks what holds now, instead of trusting a socket that may be dead. */
  #wake = () => {
    if (document.visibilityState === "visible" && this.#silence() > PING_EVERY + POLL_EVERY) this.#comeBack();
  };

  #drop = () => {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#on.reached(false);
    if (socket) this.#later(() => this.#connect(), this.#waits.next());
  };

  #connect = async () => {
    if (this.#stopped || this.#socket || this.#connecting) return;
    this.#connecting = true;
    let socket;
    try {
      socket = new WebSocket(await this.#calls.socketAddress());
    } catch {
      this.#later(() => this.#connect(), this.#waits.next());
      return;
    } finally {
      this.#connecting = false;
    }
    this.#socket = socket;
    if (this.#stopped) socket.close();
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#hear(socket, JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event);
  };

  #opened = (socket) => {
    if (socket !== this.#socket) return;
    this.#clearTimers();
    this.#noteHeard();
    this.#say({ type: "watch" });
    this.#ping();
    // A prompt that was taken back while the line was broken is not mentioned on the new one.
    if (this.#on.asking()) this.#look().catch(() => {});
  };

  #ping = async () => {
    if (this.#silence() > SILENT_AFTER) {
      this.#drop();
      return;
    }
    this.#say({ type: "ping", ...this.#health() });
    this.#later(() => this.#ping(), PING_EVERY);
  };

  #say = (message) => {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  };

  #noteHeard = () => {
    this.#heard = { own: this.#clock.own(), steady: performance.now() };
  };

  /** Milliseconds without a word, by the clock that saw more of them: one stands still in sleep. */
  #silence = () => Math.max(this.#clock.own() - this.#heard.own, performance.now() - this.#heard.steady);

  #hear = (socket, message) => {
    if (socket !== this.#socket || this.#stopped) return;
    this.#noteHeard();
    this.#waits.reset();
    this.#on.reached(true);
    if (message.server_time) this.#clock.learn(message.server_time);
    if (message.type === "prompt") this.#on.prompt(message);
    else if (message.type === "withdrawn") this.#on.withdrawn(message.service_id);
    else if (message.type === "face") this.#on.face(message);
  };

  #closed = (socket, event) => {
    if (socket !== this.#socket) return; // another took its place, or it was dropped
    this.#socket = null;
    this.#clearTimers();
    if (this.#stopped) return;
    if (event.code === REVOKED) {
      this.#on.trouble({ code: "device.revoked" });
      return;
    }
    this.#on.reached(false);
    // Plain requests tell why: a wrong clock, an unknown key; and they do where no socket opens.
    const refused = event.code >= 4000 && event.code < 5000;
    if (refused || this.#waits.failures >= POLL_AFTER_FAILURES) this.#poll();
    this.#later(() => this.#connect(), this.#waits.next());
  };

  #poll = async () => {
    if (this.#stopped || this.#socket?.readyState === WebSocket.OPEN) return;
    try {
      await this.#calls.beat(this.#health());
      this.#on.face(await this.#calls.json("GET", "/api/v1/devices/face"));
      this.#on.reached(true);
      await this.#look();
      this.#later(() => this.#poll(), POLL_EVERY);
    } catch (trouble) {
      if (trouble.fatal) this.#on.trouble(trouble);
      else this.#on.reached(false);
    }
  };

  #look = async () => {
    const asking = this.#on.asking();
    const prompt = await this.#calls.json("GET", "/api/v1/devices/current");
    if (prompt) this.#on.prompt(prompt);
    else if (asking) this.#on.withdrawn(asking);
  };

  #later = (work, milliseconds) => {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  };

  #clearTimers = () => {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  };
}
