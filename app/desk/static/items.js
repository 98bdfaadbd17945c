// Items to choose from while one types: the names come from the catalogue, the chosen one's id goes
// with the form. What is not in the catalogue is sent as words.
const WAIT_MS = 250;
const LEAST = 2;
let asked = 0;

addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-items]");
  if (!field) return;
  settle(field);
  clearTimeout(asked);
  asked = setTimeout(() => list(field), WAIT_MS);
});

function settle(field) {
  const chosen = [...(field.list?.options ?? [])].find((option) => option.value === field.value);
  const id = field.form.querySelector("[data-items-id]");
  id.value = chosen?.dataset.id ?? "";
  field.dispatchEvent(new CustomEvent("item", { bubbles: true, detail: id.value }));
}

async function list(field) {
  const words = field.value.trim();
  if (words.length < LEAST || !field.list) return;
  const url = new URL("/api/v1/items", location.origin);
  url.searchParams.set("q", words);
  url.searchParams.set("limit", "12");
  if (field.dataset.hall) url.searchParams.set("hall_id", field.dataset.hall);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return; // the words that were typed are good enough
  const found = await answer.json();
  field.list.replaceChildren(...found.items.map(option));
  settle(field);
}

function option(item) {
  const made = document.createElement("option");
  made.value = item.name;
  made.dataset.id = item.id ?? item.item_id;
  return made;
}
