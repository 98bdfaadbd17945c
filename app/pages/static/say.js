// Sentences for screen readers, in the page's one live region.

/**
 * Have `sentence` read aloud, without showing it.
 * @param {string} sentence
 */
export function say(sentence) {
  const place = document.getElementById("live");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => (place.textContent = sentence), 50); // emptied first, so that a repeat is read
}
