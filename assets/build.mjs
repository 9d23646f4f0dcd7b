// Builds app/web/static from assets/ and node_modules: one style sheet, the script of every page and
// that of the quota board, one icon sprite, the favicon, and manifest.json that maps plain names to
// the hashed ones.
// The same input gives the same bytes, so a rebuild without changes leaves nothing to commit.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTPUT = join(ROOT, "app/web/static");
// Phones of clerks are old: esbuild writes oklch() and nesting in the way these understand.
const OLDEST_BROWSERS = ["chrome100", "firefox100", "safari15"];

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const markup = () =>
  readdirSync(join(ROOT, "app"), { recursive: true })
    .filter((path) => /\.(html|py)$/.test(path))
    .map((path) => join("app", path))
    .sort();

// Tabler writes colours as light-dark(day, night). Only the day theme is used, and browsers
// before 2024 know neither light-dark() nor a night rule that must be undone.
function dayColour(value) {
  const start = value.indexOf("light-dark(");
  if (start < 0) return value;
  let depth = 0;
  let comma = -1;
  for (let at = start + "light-dark".length; at < value.length; at += 1) {
    if (value[at] === "(") depth += 1;
    if (value[at] === "," && depth === 1 && comma < 0) comma = at;
    if (value[at] === ")") depth -= 1;
    if (depth === 0) {
      const day = value.slice(start + "light-dark(".length, comma).trim();
      return dayColour(value.slice(0, start) + day + value.slice(at + 1));
    }
  }
  throw new Error(`light-dark() is not closed in ${value}`);
}

const UNUSED_THEMES = /\[data-(bs-)?theme[=\]]|\.theme-dark|\[data-bs-[a-z-]+-theme|\[dir=/;

function keepDayTheme(css) {
  const tree = postcss.parse(css);
  tree.walkComments((comment) => {
    if (!comment.text.startsWith("!")) comment.remove();
  });
  tree.walkRules((rule) => {
    if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
    const kept = rule.selectors.filter((selector) => !UNUSED_THEMES.test(selector));
    if (kept.length === 0) rule.remove();
    else rule.selectors = kept;
  });
  tree.walkDecls((declaration) => {
    // The content security policy allows no data: address; assets/css draws those marks itself.
    if (declaration.value.includes("data:")) declaration.remove();
    else declaration.value = dayColour(declaration.value);
  });
  return tree.toString();
}

const words = (texts) => texts.flatMap((text) => text.split(/[^A-Za-z0-9_-]+/)).filter(Boolean);
const captures = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

// Only what can be markup counts as used: a variable named "card" keeps no style alive.
function usedInTemplate(html) {
  const jinja = html.match(/\{[{%][\s\S]*?[%}]\}/g) ?? [];
  return {
    tags: captures(html, /<([a-z][a-z0-9-]*)/g),
    ids: captures(html, /\bid="([^"{]*)"/g),
    attributes: {
      names: captures(html, /\s([a-z-]+)(?==)/g),
      values: captures(html, /\s[a-z-]+="([^"{]*)"/g),
    },
    classes: words([
      ...captures(html, /\bclass="((?:\{[{%][\s\S]*?[%}]\}|[^"{])*)"/g),
      ...jinja.flatMap((code) => captures(code, /["']([^"']*)["']/g)),
    ]),
    undetermined: [],
  };
}

function usedInCode(source) {
  return words(captures(source, /\bclass(?:_|Name|List\.\w+)?["']?\s*[:=(]\s*["']([^"']*)["']/g));
}

// Of Tabler only what the markup uses; our own sheets are small and stay whole.
async function styleSheet() {
  const tabler = keepDayTheme(read("node_modules/@tabler/core/dist/css/tabler.css"));
  const [purged] = await new PurgeCSS().purge({
    content: [...markup(), "assets/js/app.js"].map((path) => ({
      raw: read(path),
      extension: path.split(".").pop(),
    })),
    css: [{ raw: tabler }],
    extractors: [
      { extractor: usedInTemplate, extensions: ["html"] },
      { extractor: usedInCode, extensions: ["py", "js"] },
    ],
    variables: true,
    keyframes: true,
    fontFace: true,
    // Elements that WTForms renders.
    safelist: ["input", "select", "option", "textarea"],
  });
  const own = readdirSync(join(ROOT, "assets/css")).sort();
  const css = [purged.css, ...own.map((name) => read(`assets/css/${name}`))].join("\n");
  const minified = await esbuild.transform(css, {
    loader: "css",
    minify: true,
    legalComments: "inline",
    target: OLDEST_BROWSERS,
  });
  if (minified.code.includes("data:")) throw new Error("a data: address is left in the style sheet");
  return minified.code;
}

async function script(name) {
  const bundle = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [`assets/js/${name}`],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    legalComments: "inline",
    target: OLDEST_BROWSERS,
  });
  return bundle.outputFiles[0].text;
}

// An icon is used where a template calls icon("name") or icon="name" or icon_name="name" is handed on.
function usedIcons() {
  const calls = /\bicon(?:\(|=|_name=)\s*["']([a-z0-9-]+)["']/g;
  const names = markup().flatMap((path) => [...read(path).matchAll(calls)].map((call) => call[1]));
  return [...new Set(names)].sort();
}

function sprite() {
  const symbols = usedIcons().map((name) => {
    const icon = read(`node_modules/@tabler/icons/icons/outline/${name}.svg`);
    const shapes = icon
      .match(/<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*>/g)
      .filter((shape) => !shape.includes('stroke="none"'))
      .map((shape) => shape.replace(/\s*\/>$/, "/>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.join("")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

function write(files) {
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const manifest = {};
  for (const [name, content] of Object.entries(files)) {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const [stem, extension] = name.split(".");
    manifest[name] = `${stem}-${hash}.${extension}`;
    writeFileSync(join(OUTPUT, manifest[name]), content);
  }
  writeFileSync(join(OUTPUT, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

write({
  "app.css": await styleSheet(),
  "app.js": await script("app.js"),
  "board.js": await script("board.js"),
  "icons.svg": sprite(),
  "favicon.svg": read("assets/favicon.svg"),
});
