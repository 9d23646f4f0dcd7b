// Makes the table of a quota board behave like a spreadsheet. The page is a form that works without
// this file; here it adds up while one types, moves by keyboard, pastes, undoes, sorts and keeps.
import * as history from "./board/history.js";
import { keep, watch as watchKeeping } from "./board/keep.js";
import { watch as watchMarks } from "./board/marks.js";
import { writeNumber } from "./board/numbers.js";
import { watch as watchOrder } from "./board/order.js";
import { watch as watchPaste } from "./board/paste.js";
import { goTo, settle, watch as watchSelection } from "./board/selection.js";
import { boxes, boxesOf, draw, form, isBox, reading, rows } from "./board/sheet.js";

const strip = form.querySelector("[data-assigned]");
const QUIET_MILLISECONDS = 400;
let waiting = null;

function show(place, number) {
  place.textContent = writeNumber(number);
}

function weigh() {
  const totals = rows().map((row) => reading(boxesOf(row)[0])?.count ?? 0);
  const distributed = totals.reduce((sum, count) => sum + count, 0);
  const assigned = strip.dataset.assigned === "" ? distributed : Number(strip.dataset.assigned);
  const reserve = assigned - distributed;
  show(strip.querySelector("[data-distributed]"), distributed);
  const place = strip.querySelector("[data-reserve]");
  show(place, reserve);
  place.parentElement.classList.toggle("is-negative", reserve < 0);
}

function changed() {
  weigh();
  clearTimeout(waiting);
  waiting = setTimeout(keep, QUIET_MILLISECONDS);
}

form.querySelector("[data-undo]").addEventListener("click", () => goTo(history.undo()));
form.querySelector("[data-redo]").addEventListener("click", () => goTo(history.redo()));
form.addEventListener("input", (event) => {
  if (!isBox(event.target)) return;
  draw(event.target);
  changed();
});
form.addEventListener("board:changed", changed);
form.addEventListener("submit", () => {
  settle();
  keep();
});
window.addEventListener("pagehide", keep);
// A browser that goes back puts what was typed into the boxes again.
window.addEventListener("pageshow", () => {
  boxes().forEach(draw);
  weigh();
});

watchSelection();
watchPaste();
watchMarks();
watchOrder();
watchKeeping();
for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
form.classList.add("has-script");
