// Undo and redo: a step is what some boxes said before and say after, be it typing or a paste.
import { contentOf, form, isSame, setContent } from "./sheet.js";
import { say, word } from "./words.js";

const done = [];
const undone = [];

function show() {
  form.querySelector("[data-undo]").disabled = done.length === 0;
  form.querySelector("[data-redo]").disabled = undone.length === 0;
}

function changed() {
  show();
  form.dispatchEvent(new CustomEvent("board:changed"));
}

export function note(label, before) {
  const changes = [...before]
    .map(([box, content]) => ({ box, before: content, after: contentOf(box) }))
    .filter(({ before: was, after }) => !isSame(was, after));
  if (changes.length === 0) return 0;
  done.push({ label, changes });
  undone.length = 0;
  changed();
  return changes.length;
}

// Changes boxes as one step; returns how many now say something else.
export function change(label, touched, write) {
  const before = new Map(touched.map((box) => [box, contentOf(box)]));
  for (const box of touched) setContent(box, { ...contentOf(box), ...write(box) });
  return note(label, before);
}

function replay(from, to, side, sentence) {
  const step = from.pop();
  if (!step) return null;
  for (const one of step.changes) setContent(one.box, one[side]);
  to.push(step);
  changed();
  say(word(sentence, { what: word(step.label, { count: step.changes.length }) }));
  return step.changes[0].box;
}

export const undo = () => replay(done, undone, "before", "undone");
export const redo = () => replay(undone, done, "after", "redone");
