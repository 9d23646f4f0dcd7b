// Moving among the boxes as in a spreadsheet, and choosing several of them.
//
// A box that has just been reached is chosen whole: typing replaces it and arrows go on to the next
// box. F2 or a second click lets arrows move inside the text.
import { change, note, redo, undo } from "./history.js";
import {
  boxAt,
  boxes,
  boxesOf,
  complaint,
  contentOf,
  draw,
  form,
  isBox,
  placeOf,
  shownRows,
  table,
} from "./sheet.js";
import { say } from "./words.js";

let anchor = null;
let active = null;
let head = null;
let before = null;
let isEditing = false;
let isTyping = false;

export const activeBox = () => active;

export function chosen() {
  if (!active?.isConnected) return [];
  if (!anchor || !head) return [active];
  return rectangle().flat();
}

function rectangle() {
  const [one, other] = [placeOf(anchor), placeOf(head)];
  const top = Math.min(one.row, other.row);
  const left = Math.min(one.column, other.column);
  const lines = shownRows().slice(top, Math.max(one.row, other.row) + 1);
  return lines.map((row) =>
    boxesOf(row).slice(left, Math.max(one.column, other.column) + 1),
  );
}

function show() {
  const now = new Set(anchor && head && anchor !== head ? rectangle().flat() : []);
  for (const box of boxes()) box.closest("td").classList.toggle("is-chosen", now.has(box));
}

function extendTo(box) {
  if (!box) return;
  anchor ??= active;
  head = box;
  show();
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// Ends typing in the active box: it becomes a step that can be undone.
export function settle() {
  if (!active || !before) return;
  const box = active;
  if (note("step-typing", new Map([[box, before]]))) say(complaint(box));
  isTyping = false;
}

export function goTo(box) {
  if (!box) return;
  box.focus();
  box.select();
}

function reach(box) {
  active = box;
  anchor = box;
  head = box;
  before = contentOf(box);
  isEditing = false;
  isTyping = false;
  show();
  box.select();
}

function leave(event) {
  settle();
  if (!isBox(event.relatedTarget)) isEditing = false;
}

function restore() {
  if (before) active.value = before.text;
  draw(active);
  isEditing = false;
  isTyping = false;
  active.select();
  form.dispatchEvent(new CustomEvent("board:changed"));
}

function next(box, back) {
  const line = shownRows().flatMap(boxesOf);
  return line[line.indexOf(box) + (back ? -1 : 1)];
}

const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function arrow(event) {
  const [down, right] = ARROWS[event.key];
  if (isEditing && right !== 0) return;
  event.preventDefault();
  const from = placeOf(event.shiftKey ? head : active);
  const last = shownRows().length - 1;
  const jump = event.ctrlKey || event.metaKey;
  const there = {
    row: jump && down ? (down > 0 ? last : 0) : from.row + down,
    column: jump && right ? (right > 0 ? boxesOf(active.closest("tr")).length - 1 : 0) : from.column + right,
  };
  if (event.shiftKey) extendTo(boxAt(there));
  else goTo(boxAt(there));
}

function chooseColumn() {
  const { column } = placeOf(active);
  const lines = shownRows();
  anchor = boxesOf(lines[0])[column];
  head = boxesOf(lines.at(-1))[column];
  show();
}

function chooseAll() {
  const line = shownRows().flatMap(boxesOf);
  [anchor, head] = [line[0], line.at(-1)];
  show();
}

function clearChosen() {
  change("step-clearing", chosen().filter((box) => !box.readOnly), () => ({ text: "" }));
}

function travel(step) {
  settle();
  goTo(step() ?? active);
}

const KEYS = {
  Enter: (event) => {
    const { row, column } = placeOf(active);
    settle();
    goTo(boxAt({ row: row + (event.shiftKey ? -1 : 1), column }) ?? active);
  },
  F2: () => {
    isEditing = true;
    active.setSelectionRange(active.value.length, active.value.length);
  },
  Escape: restore,
};

function control(event) {
  const key = event.key.toLowerCase();
  if (key === "z") return () => travel(event.shiftKey ? redo : undo);
  if (key === "y") return () => travel(redo);
  if (key === "s") return () => form.querySelector("[data-save]").click();
  if (key === " ") return chooseColumn;
  return key === "a" && !isEditing && !isTyping ? chooseAll : null;
}

function press(event) {
  if (!isBox(event.target) || event.altKey || event.isComposing) return;
  if (event.key in ARROWS) {
    arrow(event);
    return;
  }
  if (event.key === "Tab") {
    const there = next(active, event.shiftKey);
    if (!there) return;
    event.preventDefault();
    goTo(there);
    return;
  }
  const isClearing = ["Delete", "Backspace"].includes(event.key) && chosen().length > 1;
  const act = event.ctrlKey || event.metaKey ? control(event) : (KEYS[event.key] ?? (isClearing && clearChosen));
  if (!act || (event.key === "F2" && event.shiftKey)) return;
  event.preventDefault();
  act(event);
}

function click(event) {
  if (!isBox(event.target)) return;
  if (event.detail > 1) isEditing = true;
}

function pointerDown(event) {
  if (!isBox(event.target) || event.button !== 0) return;
  if (event.shiftKey && active) {
    event.preventDefault();
    extendTo(event.target);
  } else if (event.target !== document.activeElement) {
    // The press itself would put the caret into the text just chosen whole.
    event.preventDefault();
    goTo(event.target);
  }
}

function drag(event) {
  if (event.buttons !== 1 || !active || document.activeElement !== active) return;
  const box = event.target.closest?.("td")?.querySelector("[data-box]");
  if (box && box !== head && (box !== active || head !== active)) extendTo(box);
}

function copy(event) {
  if (!isBox(event.target) || isEditing || isTyping) return;
  const lines = anchor && head ? rectangle() : [[active]];
  const text = lines.map((line) => line.map((box) => box.value.trim()).join("\t")).join("\n");
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
}

export function watch() {
  table.addEventListener("focusin", (event) => isBox(event.target) && reach(event.target));
  table.addEventListener("focusout", (event) => isBox(event.target) && leave(event));
  table.addEventListener("keydown", press);
  table.addEventListener("input", () => { isTyping = true; });
  table.addEventListener("mousedown", pointerDown);
  table.addEventListener("mouseover", drag);
  table.addEventListener("click", click);
  table.addEventListener("copy", copy);
  // What a paste, an undo or a helper wrote was not typed: it is a step already.
  form.addEventListener("board:changed", () => {
    if (active) before = contentOf(active);
  });
}
