// The materials of an application at the window: photographed now, used again, or promised.
import { Refused } from "../server.js";
import { choice, make } from "./elements.js";
import { upload } from "./uploads.js";

const MEGABYTE = 1024 * 1024;

/**
 * Draw the material list.
 * @param {HTMLFormElement} form
 * @param {object[]} lines the lines that apply
 * @param {object[]} reusable what the applicant need not bring again, by line
 */
export function draw(form, lines, reusable) {
  const offers = Object.fromEntries(reusable.map((one) => [one.requirement, one.holdings]));
  const drawn = lines.map((line) => lineOf(line, offers[line.code] ?? []));
  const none = make("p", { class: "muted" }, "这个事项不要求提交材料。");
  form.querySelector("[data-place]").replaceChildren(...(drawn.length ? drawn : [none]));
  const promises = form.querySelector("[data-promises]");
  promises.replaceChildren(
    choice("checkbox", "deferral_pledge", "true", "申请人承诺在规定期限内补交容缺的材料"),
    choice("checkbox", "pledge_agreed", "true", "申请人已阅读承诺书并同意以承诺代替材料"),
    choice("checkbox", "reuse_consent", "true", "申请人同意沿用以前提交过或取得的材料"),
  );
  promote(form);
}

function lineOf(line, offers) {
  const place = make("section", {
    class: "drop",
    "aria-label": line.name,
    "data-line": line.code,
    "data-name": line.name,
    "data-required": String(line.required && !line.waived),
  });
  place.append(make("h3", {}, line.required ? line.name : `${line.name}（选交）`));
  for (const said of line.said ?? []) place.append(make("p", { class: "hint" }, said));
  if (line.waived) place.append(make("p", { class: "hint" }, "免提交：由中心自行查询。"));
  const input = make("input", {
    type: "file",
    accept: "image/*,application/pdf",
    multiple: line.max_photos > 1,
    "aria-label": `为“${line.name}”选择照片`,
  });
  place.append(make("label", { class: "button pick" }, "拍照或选择照片", input));
  place.append(make("ul", { class: "plainlist", "data-files": true }));
  for (const offer of offers) {
    place.append(choice("checkbox", `reuse:${line.code}`, offer.id, `沿用：${offer.name}`));
  }
  if (line.deferrable) {
    const words = `容缺，${line.defer_days} 个工作日内补交`;
    place.append(choice("checkbox", "deferred", line.code, words));
  }
  if (line.pledge) place.append(choice("checkbox", "pledged", line.code, "以告知承诺代替"));
  return place;
}

/**
 * Take photos in as they are chosen.
 * @param {HTMLFormElement} form
 * @param {() => string} ticket whose photos they are
 * @param {number} most bytes of one photo
 */
export function listen(form, ticket, most) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") {
      for (const file of event.target.files) send(event.target, file, ticket(), most);
      event.target.value = "";
    }
    promote(form);
  });
  form.addEventListener("click", (event) => event.target.closest("[data-drop]")?.closest("li").remove());
}

async function send(input, file, ticket, most) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": `${file.name} 上传进度` });
  const said = make("span", { role: "status" }, file.name);
  const entry = make("li", { class: "row" }, said, bar);
  input.closest("[data-line]").querySelector("[data-files]").append(entry);
  try {
    if (file.size > most) {
      throw new Refused({ title: `文件不能超过 ${Math.floor(most / MEGABYTE)} MB。` });
    }
    const taken = await upload(file, ticket, (share) => (bar.value = share));
    entry.dataset.material = taken.id;
    said.textContent = `✓ ${file.name}${taken.advice ? `（${taken.advice}）` : ""}`;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    said.className = "problem";
    said.textContent = `${file.name}：${problem.message}`;
  }
  const remove = make("button", { type: "button", class: "button quiet", "data-drop": true }, "移除");
  bar.replaceWith(remove);
}

/** Ask for the applicant's word only where something rests on it. */
function promote(form) {
  const needed = {
    deferral_pledge: form.querySelector("[name=deferred]:checked"),
    pledge_agreed: form.querySelector("[name=pledged]:checked"),
    reuse_consent: form.querySelector("[name^='reuse:']:checked"),
  };
  const place = form.querySelector("[data-promises]");
  if (!place) return;
  for (const [name, reason] of Object.entries(needed)) {
    const box = place.querySelector(`[name=${name}]`);
    if (!box) return;
    box.closest(".check").hidden = !reason;
    box.required = Boolean(reason);
    if (!reason) box.checked = false;
  }
  place.hidden = !Object.values(needed).some(Boolean);
}

/** Refuse to go on while a photo is on its way, or something that is needed is missing. */
export function check(form) {
  if (form.querySelector("progress")) throw new Refused({ title: "还有照片正在上传，请稍等。" });
  for (const line of form.querySelectorAll("[data-line][data-required=true]")) {
    const covered = line.querySelector("[data-material], input[type=checkbox]:checked");
    if (!covered) throw new Refused({ title: `还缺“${line.dataset.name}”。` });
  }
}

/** The part of an application that is about materials. */
export function supplied(form) {
  const given = new FormData(form);
  const lines = [...form.querySelectorAll("[data-line]")].map((line) => ({
    requirement: line.dataset.line,
    material_ids: [...line.querySelectorAll("[data-material]")].map((one) => one.dataset.material),
  }));
  const reuse = [...form.querySelectorAll("[name^='reuse:']:checked")].map((box) => ({
    requirement: box.name.slice("reuse:".length),
    holding_id: box.value,
  }));
  return {
    materials: lines.filter((line) => line.material_ids.length),
    deferred: given.getAll("deferred"),
    pledged: given.getAll("pledged"),
    reuse,
    deferral_pledge: given.has("deferral_pledge"),
    pledge_agreed: given.has("pledge_agreed"),
    reuse_consent: given.has("reuse_consent"),
  };
}
