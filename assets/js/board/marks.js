// Holding boxes and writing notes on them.
import { change } from "./history.js";
import { activeBox, chosen, goTo, settle } from "./selection.js";
import { bySuffix, contentOf, draw, form, isBox, nameOf, table } from "./sheet.js";
import { say, word } from "./words.js";

const dialog = document.querySelector("[data-note-dialog]");
const text = dialog.querySelector("textarea");

function toggleHold() {
  const touched = chosen();
  if (touched.length === 0) {
    say(word("choose-first"));
    return;
  }
  settle();
  const isHeld = !touched.every((box) => contentOf(box).isHeld);
  change(isHeld ? "step-holding" : "step-releasing", touched, () => ({ isHeld }));
  say(word(isHeld ? "step-holding" : "step-releasing", { count: touched.length }));
}

function openNote() {
  const box = activeBox();
  if (!box) {
    say(word("choose-first"));
    return;
  }
  settle();
  dialog.querySelector("[data-note-of]").textContent = nameOf(box);
  text.value = contentOf(box).note;
  dialog.showModal();
  text.focus();
}

function closeNote() {
  const box = activeBox();
  if (dialog.returnValue === "keep") {
    const note = text.value.trim().replace(/\s+/g, " ");
    change("step-noting", [box], () => ({ note }));
  }
  dialog.returnValue = "";
  goTo(box);
}

// A padlock pressed with the mouse is a step as well.
function pressPadlock(event) {
  const { name, checked } = event.target;
  if (!name?.startsWith("held-")) return;
  const box = bySuffix(name.slice("held-".length));
  event.target.checked = !checked;
  change(checked ? "step-holding" : "step-releasing", [box], () => ({ isHeld: checked }));
  draw(box);
}

export function watch() {
  for (const padlock of table.querySelectorAll("[name^='held-']")) padlock.tabIndex = -1;
  table.addEventListener("change", pressPadlock);
  form.querySelector("[data-hold]").addEventListener("click", toggleHold);
  form.querySelector("[data-write-note]").addEventListener("click", openNote);
  dialog.addEventListener("close", closeNote);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close(event.submitter?.value ?? "keep");
  });
  table.addEventListener("keydown", (event) => {
    if (!isBox(event.target)) return;
    const act = event.key === "F4" ? toggleHold : event.key === "F2" && event.shiftKey ? openNote : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
}
