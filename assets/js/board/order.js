// Sorting and filtering the rows in the page; nothing that was typed is touched.
import { boxesOf, contentOf, form, reading, rows, table } from "./sheet.js";
import { say, word } from "./words.js";

const body = table.tBodies[0];
const original = rows();

const plainLetters = (text) =>
  text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();

function numberIn(cell) {
  const box = cell.querySelector("[data-box]");
  if (box) return reading(box)?.count ?? -1;
  const digits = cell.textContent.replace(/[^\d−-]/g, "").replace("−", "-");
  return /\d/.test(digits) ? Number(digits) : -1;
}

function compare(column) {
  if (column === 0) return (one, other) => original.indexOf(one) - original.indexOf(other);
  return (one, other) => numberIn(one.cells[column]) - numberIn(other.cells[column]);
}

// The first press sorts a column of numbers from the largest, as one looks for who has most.
function sort(button) {
  const head = button.closest("th");
  const column = head.cellIndex;
  const isDescending = head.getAttribute("aria-sort") !== "descending" && (column > 0 || head.hasAttribute("aria-sort"));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  const inOrder = [...original].sort(compare(column));
  body.append(...(isDescending ? inOrder.reverse() : inOrder));
}

const KINDS = {
  all: () => true,
  empty: (row) => !boxesOf(row)[0].value.trim(),
  held: (row) => boxesOf(row).some((box) => contentOf(box).isHeld),
  noted: (row) => boxesOf(row).some((box) => contentOf(box).note),
};

function filter() {
  const wanted = plainLetters(form.querySelector("[data-find]").value.trim());
  const isOfKind = KINDS[form.querySelector("[data-kind]").value];
  for (const row of original) {
    const name = plainLetters(row.cells[0].querySelector("[data-name]").textContent);
    row.hidden = !(name.includes(wanted) && isOfKind(row));
  }
  const shown = original.filter((row) => !row.hidden).length;
  say(word("filtered", { shown, all: original.length }));
}

function makeSortable() {
  for (const head of table.tHead.rows[0].cells) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(button));
    head.append(button);
  }
}

export function watch() {
  makeSortable();
  form.querySelector("[data-find]").addEventListener("input", filter);
  form.querySelector("[data-kind]").addEventListener("change", filter);
  // In the field that searches, Enter would save the board.
  form.querySelector("[data-find]").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
