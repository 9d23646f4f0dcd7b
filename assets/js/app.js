// The pages work without this file; it saves page loads and closes menus.
import htmx from "htmx.org";

// Says in the page that a request of htmx got no answer or a refusal: the words are the page's own.
function sayFailure(event) {
  const words = document.getElementById("request-failed");
  const place = document.getElementById("messages");
  if (!words || !place || event.detail.xhr?.status === 422) return;
  place.replaceChildren(words.content.cloneNode(true));
  place.scrollIntoView({ block: "nearest" });
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("htmx:responseError", sayFailure);
document.addEventListener("htmx:sendError", sayFailure);
document.addEventListener("htmx:timeout", sayFailure);
document.addEventListener("click", (event) => closeMenus(event.target.closest("details")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest("details[data-menu][open]");
  closeMenus(null);
  menu?.querySelector("summary").focus();
});

// A shared machine keeps nothing that was typed into a board once its reader has signed out.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  try {
    for (const kept of [localStorage, sessionStorage]) {
      for (const name of Object.keys(kept)) if (name.startsWith("board:")) kept.removeItem(name);
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
});

// A refused form opens at its summary of errors, so that a keyboard or screen reader starts there.
function focusErrors(root) {
  root.querySelector("[data-error-summary]")?.focus();
}

document.addEventListener("DOMContentLoaded", () => focusErrors(document));
htmx.onLoad(focusErrors);

// Says how many votes are needed, as soon as it is known how many may vote.
function sayVotesNeeded(event) {
  const place = document.querySelector("[data-votes-needed]");
  if (!place || event.target.name !== "entitled") return;
  const { part, whole, words } = place.dataset;
  const all = Number.parseInt(event.target.value.replaceAll(".", ""), 10);
  const needed = Math.ceil((all * Number(part)) / Number(whole));
  place.textContent = all > 0 ? words.replace("{needed}", needed) : "";
}

document.addEventListener("input", sayVotesNeeded);

// What a field proposes is typed over, not deleted first.
document.addEventListener("click", ({ target }) => {
  if (!target.matches("[data-proposed] input")) return;
  if (target.value && target.value === target.defaultValue) target.select();
});
