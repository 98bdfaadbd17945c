// Requests to the server, each signed by the tablet.

import { importKey, sign } from "./signing.js";
import { patience } from "./waits.js";

const PATIENCE = 15_000;
const LONGEST_REST = 600;
const FATAL = new Set(["device.revoked", "device.unknown", "device.bad_signature"]);

/**
 * A request that failed: the server's problem, "offline" where there was no answer, or no code at
 * all where something on the way answered in the server's place.
 */
export class Trouble extends Error {
  /**
   * @param {{code?: string, title?: string, detail?: string, server_time?: number}} problem
   * @param {number} status of HTTP; 0 where there was no answer
   * @param {number} rest seconds that the server wants to be left alone
   */
  constructor(problem, status, rest = 0) {
    super(problem.detail || problem.title || "没有成功，请稍后再试。");
    this.code = problem.code ?? "";
    this.status = status;
    this.serverTime = problem.server_time ?? null;
    this.rest = rest;
  }

  /** Whether this tablet can do nothing more with its key. */
  get fatal() {
    return FATAL.has(this.code);
  }

  /** Whether the server itself has read what was sent and will never take it. */
  get final() {
    return this.code !== "" && [400, 413, 422].includes(this.status);
  }
}

/** One request; `read` takes out of the answer what is wanted, within the same time. */
async function send(path, how, read) {
  const signal = patience(PATIENCE);
  let answer;
  try {
    // Without cookies: a tablet is nobody but itself, whoever is signed in on it.
    answer = await fetch(path, { ...how, credentials: "omit", cache: "no-store", signal });
    if (answer.ok) return await read(answer);
  } catch {
    // Also where the answer broke off, or is some proxy's page instead of the server's answer.
    throw new Trouble({ code: "offline", title: "网络不通，请检查网络后再试。" }, 0);
  }
  throw new Trouble(await problemOf(answer), answer.status, restOf(answer));
}

async function problemOf(answer) {
  try {
    const found = await answer.json();
    return typeof found?.code === "string" ? found : {};
  } catch {
    return {};
  }
}

function restOf(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return seconds > 0 ? Math.min(seconds, LONGEST_REST) : 0;
}

/**
 * Turn a one-time code into a key that stays in this browser.
 * @param {string} code as it was typed or scanned
 * @param {string} version this page's
 * @param {import("./clock.js").Clock} clock
 * @throws {Trouble} the code is refused, or there is no network
 */
export async function enrol(code, version, clock) {
  const body = JSON.stringify({ code, version });
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const found = await send("/api/v1/devices/enrol", { method: "POST", headers, body }, (answer) => answer.json());
  clock.learn(found.server_time);
  return { id: found.device_id, key: await importKey(found.key) };
}

/**
 * Have the server look for an enrolment code in a picture.
 * @param {Uint8Array} light its light values, 480 × 480
 * @returns {Promise<string>} "" if there is none
 * @throws {Trouble} no tablet is awaited, or there is no network
 */
export async function look(light) {
  const headers = { "Content-Type": "application/octet-stream", Accept: "application/json" };
  const how = { method: "POST", headers, body: light };
  return (await send("/api/v1/devices/code-seen", how, (answer) => answer.json())).code;
}

/** Calls of an enrolled tablet. */
export class Calls {
  #device;
  #clock;

  /** @param {{id: string, key: CryptoKey}} device @param {import("./clock.js").Clock} clock */
  constructor(device, clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /**
   * The answer's JSON, or null where it is empty. Throws Trouble.
   * @param {() => object} [value] what to send; asked for anew when the clock had to be corrected
   */
  json(method, path, value) {
    return this.#signed(method, path, value, (answer) => (answer.status === 204 ? null : answer.json()));
  }

  /** A picture with its version. Throws Trouble. */
  picture(path) {
    const read = async (answer) => ({
      version: (answer.headers.get("ETag") ?? "").replace(/"/g, ""),
      blob: await answer.blob(),
    });
    return this.#signed("GET", path, undefined, read);
  }

  /** Tell the server how the tablet is, and learn what time it is. Throws Trouble. */
  async beat(health) {
    const { server_time: serverTime } = await this.json("POST", "/api/v1/devices/heartbeat", () => health);
    this.#clock.learn(serverTime);
  }

  /** Where to open the socket, signed now. */
  async socketAddress() {
    const path = "/api/v1/devices/socket";
    const parts = await sign(this.#device, "GET", path, this.#clock.signing(), new Uint8Array());
    return `${location.origin.replace(/^http/, "ws")}${path}?${new URLSearchParams(parts)}`;
  }

  #signed = async (...request) => {
    try {
      return await this.#once(...request);
    } catch (trouble) {
      if (trouble.code !== "device.expired" || trouble.serverTime === null) throw trouble;
      this.#clock.correct(trouble.serverTime);
      return this.#once(...request);
    }
  };

  #once = async (method, path, value, read) => {
    const body = value && new TextEncoder().encode(JSON.stringify(value()));
    const parts = await sign(this.#device, method, path, this.#clock.signing(), body ?? new Uint8Array());
    const headers = {
      Accept: "application/json",
      "Zhangban-Device": parts.device,
      "Zhangban-Timestamp": parts.timestamp,
      "Zhangban-Nonce": parts.nonce,
      "Zhangban-Signature": parts.signature,
    };
    if (body) headers["Content-Type"] = "application/json";
    return send(path, { method, headers, body }, read);
  };
}
