// Talking to our own server: the token that says a change was asked for here, and its problems.

/** The token of this page's session; empty where nobody is signed in. */
export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

/** Another person has signed in meanwhile: what is on the page is not theirs to send. */
const OTHER = {
  title: "现在登录的是另一位工作人员，这里的内容没有提交。请由填写的人重新登录后再提交。",
  code: "other_person",
};

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
 * @param {{method?: string, body?: BodyInit, json?: unknown, headers?: Record<string, string>, again?: boolean}} [how]
 *   `again`: it was asked already, with the token of an older session
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
  const answer = await reach(url, { method, headers, body });
  const kind = answer.headers.get("Content-Type") ?? "";
  const found = kind.includes("json") ? await answer.json() : null;
  if (answer.ok) return found;
  if (found?.code === "foreign_request" && !how.again && (await renew())) {
    return ask(url, { ...how, again: true });
  }
  throw new Refused(found ?? {}, answer.status);
}

async function reach(url, how) {
  try {
    return await fetch(url, { ...how, credentials: "same-origin" });
  } catch {
    throw new Refused({ title: "网络不通，请检查后再试。", code: "offline" }, 0);
  }
}

/** Take over the token of a session that the same person has begun meanwhile, in another tab. */
async function renew() {
  const answer = await reach("/account", { headers: { Accept: "text/html" } });
  if (answer.redirected || !answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector('meta[name="csrf"]')?.content;
  const place = document.querySelector('meta[name="csrf"]');
  if (!token || !place) return false;
  if (person(page) !== person(document)) throw new Refused(OTHER, 403);
  place.content = token;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
  return true;
}

const person = (page) => page.querySelector(".bar-me")?.textContent ?? "";
