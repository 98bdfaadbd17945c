// Of the tags only those of the chosen level are shown, and sent.
for (const form of document.querySelectorAll("form[data-levels]")) {
  const groups = [...form.querySelectorAll("[data-tags-of]")];
  const choose = () => {
    const level = new FormData(form).get("level");
    for (const group of groups) {
      group.hidden = group.dataset.tagsOf !== level;
      group.disabled = group.hidden;
    }
  };
  form.addEventListener("change", choose);
  choose();
}
