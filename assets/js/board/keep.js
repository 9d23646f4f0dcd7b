// Keeps in the browser what was typed and not yet saved, and offers it back: a window may be closed,
// a session may end. Signing out forgets it (app.js); another person's is forgotten here.
import { change, note } from "./history.js";
import { boxes, bySuffix, contentOf, form, isSame, suffixOf } from "./sheet.js";
import { word } from "./words.js";

const PREFIX = "board:";
const HELPED = "#helped";
const place = form.dataset.keep;
const offer = document.querySelector("[data-offer]");
const was = JSON.parse(form.elements.was.value || "{}");
let isOffered = false;

function before(box, stored = was) {
  const said = stored[suffixOf(box)] ?? "";
  const [text, isHeld, note] = Array.isArray(said) ? said : [said, 0, ""];
  return { text, isHeld: Boolean(isHeld), note };
}

// A browser may refuse to keep anything; the board works without it.
function storage(act, name = "localStorage") {
  try {
    return act(window[name]);
  } catch {
    return null;
  }
}

export function keep() {
  if (isOffered) return;
  const unsaved = boxes()
    .map((box) => [suffixOf(box), contentOf(box), before(box)])
    .filter(([, content, stored]) => !isSame(content, stored))
    .map(([suffix, content]) => [suffix, content]);
  storage((kept) =>
    unsaved.length > 0
      ? kept.setItem(place, JSON.stringify({ at: Date.now(), unsaved }))
      : kept.removeItem(place),
  );
}

function forgetOthers(kept) {
  const mine = place.slice(0, place.indexOf(":", PREFIX.length) + 1);
  for (const name of Object.keys(kept)) {
    if (name.startsWith(PREFIX) && !name.startsWith(mine)) kept.removeItem(name);
  }
}

function stillUnsaved() {
  const text = storage((kept) => kept.getItem(place));
  if (!text) return null;
  const { at, unsaved } = JSON.parse(text);
  const waiting = unsaved
    .map(([suffix, content]) => [bySuffix(suffix), content])
    .filter(([box, content]) => box && !isSame(contentOf(box), content));
  return waiting.length > 0 ? { at, waiting } : null;
}

function close() {
  isOffered = false;
  offer.hidden = true;
  keep();
}

function show({ at, waiting }) {
  isOffered = true;
  const moment = new Intl.DateTimeFormat("vi", { dateStyle: "short", timeStyle: "short" });
  offer.querySelector("[data-offer-words]").textContent = word("kept", {
    count: waiting.length,
    moment: moment.format(at),
  });
  offer.querySelector("[data-take-back]").addEventListener("click", () => {
    const contents = new Map(waiting);
    change("step-taking-back", [...contents.keys()], (box) => contents.get(box));
    close();
  });
  offer.querySelector("[data-drop]").addEventListener("click", close);
  offer.hidden = false;
}

// A helper works on the server; what stood in the boxes before it is one step back all the same.
function noteHelper() {
  const stored = storage((kept) => kept.getItem(place), "sessionStorage");
  if (window.location.hash === HELPED && stored) {
    const earlier = JSON.parse(stored);
    note("step-helper", new Map(boxes().map((box) => [box, before(box, earlier)])));
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  storage((kept) => kept.setItem(place, JSON.stringify(was)), "sessionStorage");
}

export function watch() {
  noteHelper();
  storage(forgetOthers);
  const found = stillUnsaved();
  if (found) show(found);
  else keep();
}
