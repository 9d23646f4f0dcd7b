// The board in the page: its rows and boxes, and what a box says: its text, its hold, its note.
import { readBox } from "./numbers.js";
import { word } from "./words.js";

export const form = document.querySelector("form[data-board]");
export const table = form.querySelector("[data-grid]");
const body = table.tBodies[0];

export const rows = () => [...body.rows];
export const shownRows = () => rows().filter((row) => !row.hidden);
export const boxesOf = (row) => [...row.querySelectorAll("[data-box]")];
export const boxes = () => [...body.querySelectorAll("[data-box]")];
export const isBox = (element) => element instanceof HTMLInputElement && "box" in element.dataset;

export const suffixOf = (box) => box.name.slice("box-".length);
export const bySuffix = (suffix) => form.elements[`box-${suffix}`];
export const nameOf = (box) => box.closest("tr").cells[0].querySelector("[data-name]").textContent;
const holdOf = (box) => form.elements[`held-${suffixOf(box)}`];
const noteOf = (box) => form.elements[`note-${suffixOf(box)}`];

export function placeOf(box) {
  const row = box.closest("tr");
  return { row: shownRows().indexOf(row), column: boxesOf(row).indexOf(box) };
}

export function boxAt({ row, column }) {
  const there = shownRows()[row];
  return there ? boxesOf(there)[column] : undefined;
}

export const contentOf = (box) => ({
  text: box.value,
  isHeld: holdOf(box).checked,
  note: noteOf(box)?.value ?? "",
});

export const isSame = (one, other) =>
  one.text === other.text && one.isHeld === other.isHeld && one.note === other.note;

export function setContent(box, content) {
  box.value = content.text;
  holdOf(box).checked = content.isHeld;
  setNote(box, content.note);
  draw(box);
}

function setNote(box, note) {
  const cell = box.closest("td");
  const shown = cell.querySelector("[data-note]");
  let field = noteOf(box);
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden" });
    field.name = `note-${suffixOf(box)}`;
    cell.append(field);
  }
  field.value = note;
  shown.textContent = note;
  shown.hidden = !note;
}

export function membersOf(box) {
  const { members } = box.closest("tr").dataset;
  return members === undefined || members === "" ? null : Number(members);
}

export const reading = (box) => readBox(box.value, membersOf(box));

// Shows a hold, and what the server would refuse; the words of a refusal are said elsewhere.
export function draw(box) {
  const isHeld = holdOf(box).checked;
  const wrong = reading(box)?.wrong;
  box.readOnly = isHeld;
  box.closest("td").classList.toggle("is-held", isHeld);
  box.classList.toggle("is-invalid", Boolean(wrong));
  if (wrong) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");
}

export function complaint(box) {
  const wrong = reading(box)?.wrong;
  return wrong ? `${nameOf(box)}: ${word(`wrong-${wrong}`, { value: box.value.trim() })}` : "";
}
