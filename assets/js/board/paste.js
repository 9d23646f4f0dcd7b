// Pasting a column or a block from a spreadsheet: down and to the right of the active box, over the
// rows that are shown. Held boxes keep their numbers; what does not fit or read is said.
import { change } from "./history.js";
import { activeBox, chosen, settle } from "./selection.js";
import { boxAt, complaint, isBox, placeOf, table } from "./sheet.js";
import { say, word } from "./words.js";

const MOST_NAMED = 5;

export function parse(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  return lines.map((line) => line.split("\t").map((cell) => cell.trim()));
}

function some(texts) {
  const named = texts.slice(0, MOST_NAMED).join("; ");
  return texts.length > MOST_NAMED ? `${named}; …` : named;
}

function spread(lines) {
  const start = placeOf(activeBox());
  const values = new Map();
  const beyond = [];
  lines.forEach((line, down) =>
    line.forEach((text, right) => {
      const box = boxAt({ row: start.row + down, column: start.column + right });
      if (box) values.set(box, text);
      else if (text) beyond.push(text);
    }),
  );
  return { values, beyond };
}

function plan(lines) {
  const boxes = chosen();
  if (lines.length === 1 && lines[0].length === 1 && boxes.length > 1) {
    return { values: new Map(boxes.map((box) => [box, lines[0][0]])), beyond: [] };
  }
  return spread(lines);
}

export function apply(text) {
  const { values, beyond } = plan(parse(text));
  const held = [...values.keys()].filter((box) => box.readOnly);
  const open = [...values.keys()].filter((box) => !box.readOnly);
  change("step-pasting", open, (box) => ({ text: values.get(box) }));
  const wrong = open.map(complaint).filter(Boolean);
  say(
    word("pasted", { count: open.length }),
    held.length > 0 && word("pasted-held", { count: held.length }),
    beyond.length > 0 && word("pasted-beyond", { count: beyond.length, values: some(beyond) }),
    wrong.length > 0 && word("pasted-wrong", { count: wrong.length, boxes: some(wrong) }),
  );
}

function paste(event) {
  if (!isBox(event.target)) return;
  const text = event.clipboardData.getData("text/plain");
  if (!text) return;
  event.preventDefault();
  settle();
  apply(text);
  event.target.select();
}

export function watch() {
  table.addEventListener("paste", paste);
}
