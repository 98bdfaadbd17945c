// Items to choose from while one types: the names come from the catalogue, the chosen one's id goes
// with the form. What is not in the catalogue is sent as words.
const WAIT_MS = 250;
const LEAST = 2;
let waiting = 0;

addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-items]");
  if (!field) return;
  settle(field);
  clearTimeout(waiting);
  waiting = setTimeout(() => list(field), WAIT_MS);
});

/**
 * The id of the item whose name stands in a field, looked up where its list has not come yet.
 * @param {HTMLInputElement} field
 * @returns {Promise<string>} empty where there is no such item
 */
export async function chosen(field) {
  if (!settle(field)) {
    clearTimeout(waiting);
    await list(field);
  }
  return settle(field);
}

function settle(field) {
  const words = field.value.trim();
  const found = [...(field.list?.options ?? [])].find((option) => option.value === words);
  const id = field.form.querySelector("[data-items-id]");
  id.value = found?.dataset.id ?? "";
  return id.value;
}

async function list(field) {
  const words = field.value.trim();
  if (words.length < LEAST || !field.list) return;
  const found = await search(words, field.dataset.hall);
  if (!found || field.value.trim() !== words) return; // an older answer is no answer any more
  const names = found.map((item) => item.name);
  field.list.replaceChildren(
    ...found.map((item) => option(item, names.filter((name) => name === item.name).length > 1)),
  );
  settle(field);
}

/** What the catalogue has; null where it cannot be asked: the words that were typed do too. */
async function search(words, hall) {
  const url = new URL("/api/v1/items", location.origin);
  url.searchParams.set("q", words);
  url.searchParams.set("limit", "12");
  if (hall) url.searchParams.set("hall_id", hall);
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).items : null;
  } catch {
    return null;
  }
}

/** Of several items of one name each is called by its department too. */
function option(item, isOneOfSeveral) {
  const made = document.createElement("option");
  made.value = isOneOfSeveral ? `${item.name}（${item.department_name}）` : item.name;
  made.label = item.department_name;
  made.dataset.id = item.id;
  return made;
}
