// Requests to the server, each signed by the tablet.

import { importKey, sign } from "./signing.js";

const PATIENCE = 15_000;
const FATAL = new Set(["device.revoked", "device.unknown", "device.bad_signature"]);

/** A request that failed: the server's problem, or "offline" where there was no answer. */
export class Trouble extends Error {
  /** @param {{code?: string, title?: string, detail?: string, server_time?: number}} problem */
  constructor(problem, status) {
    super(problem.detail || problem.title || "没有成功，请稍后再试。");
    this.code = problem.code ?? "";
    this.status = status;
    this.serverTime = problem.server_time ?? null;
  }

  /** Whether this tablet can do nothing more with its key. */
  get fatal() {
    return FATAL.has(this.code);
  }

  /** Whether trying again later may help. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

async function send(path, how) {
  let answer;
  try {
    // Without cookies: a tablet is nobody but itself, whoever is signed in on it.
    answer = await fetch(path, { ...how, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Trouble({ code: "offline", title: "网络不通，请检查网络后再试。" }, 0);
  }
  if (answer.ok) return answer;
  const kind = answer.headers.get("Content-Type") ?? "";
  throw new Trouble(kind.includes("json") ? await answer.json() : {}, answer.status);
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
  const answer = await send("/api/v1/devices/enrol", { method: "POST", headers, body });
  const found = await answer.json();
  clock.learn(found.server_time);
  return { id: found.device_id, key: await importKey(found.key) };
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

  /** The answer's JSON, or null where it is empty. Throws Trouble. */
  async json(method, path, value) {
    const answer = await this.#signed(method, path, value);
    return answer.status === 204 ? null : answer.json();
  }

  /** A picture with its version. Throws Trouble. */
  async picture(path) {
    const answer = await this.#signed("GET", path);
    return { version: (answer.headers.get("ETag") ?? "").replaceAll('"', ""), blob: await answer.blob() };
  }

  /** Where to open the socket, signed now. */
  async socketAddress() {
    const path = "/api/v1/devices/socket";
    const parts = await sign(this.#device, "GET", path, this.#clock.signing(), new Uint8Array());
    return `${location.origin.replace(/^http/, "ws")}${path}?${new URLSearchParams(parts)}`;
  }

  async #signed(method, path, value) {
    try {
      return await this.#once(method, path, value);
    } catch (trouble) {
      if (trouble.code !== "device.expired" || trouble.serverTime === null) throw trouble;
      this.#clock.correct(trouble.serverTime);
      return this.#once(method, path, value);
    }
  }

  async #once(method, path, value) {
    const content = value === undefined ? "" : JSON.stringify(value);
    const bytes = new TextEncoder().encode(content);
    const parts = await sign(this.#device, method, path, this.#clock.signing(), bytes);
    const headers = {
      Accept: "application/json",
      "Zhangban-Device": parts.device,
      "Zhangban-Timestamp": parts.timestamp,
      "Zhangban-Nonce": parts.nonce,
      "Zhangban-Signature": parts.signature,
    };
    if (value !== undefined) headers["Content-Type"] = "application/json";
    return send(path, { method, headers, body: value === undefined ? undefined : bytes });
  }
}
