// Reads a box as the server does: 25, 1.000, ≥25, 90-100, 3,5%. What is wrong is a word's name.
const LARGEST = 1_000_000;
const WHOLE = /^(\d+|[1-9]\d{0,2}([. ])\d{3}(\2\d{3})*)$/;
const AT_LEAST = /^(?:≥|>=|=>)\s*(.*)$/;
const RANGE = /^(\d[^-–—]*)[-–—]([^-–—]+)$/;
const PERCENT = /^(\d{1,3})(?:[.,](\d{1,3}))?\s*%$/;
const THOUSANDTHS = 100_000n;

function wrongNumber(text) {
  if (!text) return "nothing";
  if (/^[-−–] ?\d/.test(text)) return "negative";
  return /^\d[\d. ]*[.,]\d+$/.test(text) ? "fraction" : "letters";
}

function readWhole(text) {
  if (!WHOLE.test(text)) return { wrong: wrongNumber(text) };
  const count = Number(text.replace(/[. ]/g, ""));
  return count > LARGEST ? { wrong: "large" } : { count };
}

function readRange(text) {
  const ends = RANGE.exec(text);
  if (!ends) return { wrong: "range" };
  const [lower, upper] = ends.slice(1).map((end) => readWhole(end.trim()));
  if (lower.wrong || upper.wrong) return lower.wrong ? lower : upper;
  return lower.count > upper.count ? { wrong: "range" } : lower;
}

// Percent of members, half up, in whole numbers so that nothing is rounded before the half.
function readPercent(text, members) {
  const match = PERCENT.exec(text);
  if (!match) return { wrong: "percent" };
  const thousandths = BigInt(match[1]) * 1000n + BigInt((match[2] ?? "").padEnd(3, "0"));
  if (thousandths > THOUSANDTHS) return { wrong: "percent" };
  if (members === null) return { count: 0, isCountedLater: true };
  const doubled = 2n * thousandths * BigInt(members) + THOUSANDTHS;
  return { count: Number(doubled / (2n * THOUSANDTHS)) };
}

// The whole number that a text means: null for an empty box, { wrong } for what is refused.
export function readBox(text, members) {
  const plain = text.trim().replace(/\s+/g, " ");
  if (!plain) return null;
  const atLeast = AT_LEAST.exec(plain);
  if (atLeast) return readWhole(atLeast[1]);
  if (plain.endsWith("%")) return readPercent(plain, members);
  return /^\d[^-–—]*[-–—]/.test(plain) ? readRange(plain) : readWhole(plain);
}

const written = new Intl.NumberFormat(document.documentElement.lang === "vi" ? "de" : "en");

export const writeNumber = (number) => written.format(number).replace("-", "−");
