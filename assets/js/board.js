// Adds up the boxes of a quota board while they are typed in. Without it the page does so on saving.
const form = document.querySelector("form[data-board]");
const strip = form.querySelector("[data-assigned]");
const boxes = [...form.querySelectorAll(".number-input")];
const language = document.documentElement.lang;
const written = new Intl.NumberFormat(language === "vi" ? "de" : "en");

// As the server reads them: 1545, 1.545 or 1 545; what it would refuse counts nothing here.
function read(text) {
  const plain = text.trim();
  if (!/^(\d+|\d{1,3}([. ]\d{3})+)$/.test(plain)) return 0;
  return Number(plain.replace(/[. ]/g, ""));
}

function show(place, number) {
  place.textContent = written.format(number).replace("-", "−");
}

function weigh() {
  const distributed = boxes.reduce((sum, box) => sum + read(box.value), 0);
  const assigned = strip.dataset.assigned === "" ? distributed : Number(strip.dataset.assigned);
  const reserve = assigned - distributed;
  show(strip.querySelector("[data-distributed]"), distributed);
  const place = strip.querySelector("[data-reserve]");
  show(place, reserve);
  place.parentElement.classList.toggle("is-negative", reserve < 0);
}

form.addEventListener("input", weigh);
// A browser that goes back puts what was typed into the boxes again.
window.addEventListener("pageshow", weigh);
