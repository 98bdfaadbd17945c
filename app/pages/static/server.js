// Talking to our own server: the token that says a change was asked for here, and its problems.

/** The token of this page's session; empty where nobody is signed in. */
export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

/** A refusal by the server, with a sentence for people. */
export class Refused extends Error {
  /** @param {{title?: string, detail?: string, code?: string, field?: string}} problem */
  constructor(problem, status) {
    super(problem.detail || problem.title || "没有成功，请稍后再试。");
    this.code = problem.code ?? "";
    this.field = problem.field ?? "";
    this.errors = problem.errors ?? []; // of a filled-in form: what is wrong with each field
    this.status = status;
  }
}

/**
 * Ask our server; the answer's JSON, or null where it is empty.
 * @param {string} url
 * @param {{method?: string, body?: BodyInit, json?: unknown, headers?: Record<string, string>}} [how]
 * @throws {Refused} it refuses, or cannot be reached
 */
export async function ask(url, how = {}) {
  const headers = { Accept: "application/json", ...how.headers };
  const method = how.method ?? "GET";
  if (method !== "GET") headers["Zhangban-CSRF"] = csrf();
  let body = how.body;
  if (how.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(how.json);
  }
  let answer;
  try {
    answer = await fetch(url, { method, headers, body, credentials: "same-origin" });
  } catch {
    throw new Refused({ title: "网络不通，请检查后再试。", code: "offline" }, 0);
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  const found = kind.includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new Refused(found ?? {}, answer.status);
  return found;
}
