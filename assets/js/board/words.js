// What the script says: the words are the page's own, in the reader's language.
const words = document.getElementById("board-words").content;
const place = document.querySelector("[data-say]");

// `{name}` in the words becomes the value.
export function word(name, values = {}) {
  const text = words.querySelector(`[data-word="${name}"]`).textContent;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

export function say(...texts) {
  place.textContent = texts.filter(Boolean).join(" ");
}
