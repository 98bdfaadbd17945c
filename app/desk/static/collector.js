// Who somebody else is who collects, is asked and sent only where somebody else collects.
function settle() {
  for (const part of document.querySelectorAll("[data-of-agent]")) {
    part.disabled = !part.closest("form").querySelector("[data-agent]").checked;
    for (const field of part.querySelectorAll("input")) field.required = !part.disabled;
  }
}

addEventListener("change", settle);
settle();
