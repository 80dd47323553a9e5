// npm run gallery: every page and every terminal report of the project from the samples of the tests, light and dark, in one index.
//   node tools/gallery.mjs [FOLDER] [--pictures]
// FOLDER is .cache/gallery unless given. --pictures also writes each page as PNG at 1200 and 390 pixels (test/support/browser.ts says which
// Chromium that takes).
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { register } from "tsx/esm/api";

register();
const from = (path) => import(new URL(`../${path}`, import.meta.url).href);
const { SAMPLES } = await from("test/report/samples.ts");
const { claims, diagram } = await from("test/report/claims-samples.ts");
const { buildNet } = await from("src/nn/build.ts");
const { predict } = await from("src/study/predict.ts");
const { checkPage } = await from("src/report/check-page.ts");
const { checkText } = await from("src/report/check-text.ts");
const { comparePage } = await from("src/report/compare-page.ts");
const { compareText } = await from("src/report/compare-text.ts");
const { claimText } = await from("src/report/claims-text.ts");
const { claimsPage } = await from("src/report/claims-page.ts");
const { phasePage } = await from("src/report/phase-page.ts");
const { phaseText } = await from("src/report/phase-text.ts");
const { trainPage } = await from("src/report/train-page.ts");
const { trainText } = await from("src/report/train-text.ts");
const { RUNS } = await from("test/report/train-samples.ts");
const { predictionText } = await from("src/report/prediction-text.ts");
const { gradientTable } = await from("src/report/gradient-table.ts");
const { html, joined, markupOf, raw } = await from("src/report/page/html.ts");

const given = process.argv.slice(2).filter((a) => a !== "--pictures");
const folder = resolve(given[0] ?? fileURLToPath(new URL("../.cache/gallery", import.meta.url)));
mkdirSync(folder, { recursive: true });

const two = [SAMPLES.plain50, SAMPLES.resnet50];
const pages = [
  ...Object.entries(SAMPLES).map(([name, record]) => ({ name: `check-${name}`, title: `isograd check: ${name}`, page: checkPage(record) })),
  { name: "compare", title: "isograd check: two networks of different depth", page: comparePage(...two) },
  { name: "compare-broken", title: "isograd check: two networks, one with gaps", page: comparePage(SAMPLES.withNaN, SAMPLES.hostile) },
  ...Object.entries(RUNS).map(([name, run]) => ({ name: `train-${name}`, title: `isograd train: ${name}`, page: trainPage(run) })),
  {
    name: "train-two",
    title: "isograd train: two runs",
    page: trainPage(RUNS.trained, { beside: { record: RUNS.residual, name: "runs/residual" }, name: "runs/plain" }),
  },
  { name: "claims", title: "isograd claims", page: claimsPage(claims) },
  { name: "phase", title: "isograd phase", page: phasePage(diagram) },
];
const prediction = async (spec) => predictionText(await predict(buildNet(spec), { memoryLimit: 2 ** 30 }));
const GRADIENTS = {
  name: "three-layers.onnx",
  loss: 2.3026,
  frozen: [],
  parameters: [
    { name: "layers.0.weight", shape: [256, 784], gradient: 0.0312, weight: 9.24 },
    { name: "layers.0.bias", shape: [256], gradient: 0, weight: 0 },
    { name: "layers.1.weight", shape: [256, 256], gradient: 1.2e-9, weight: 16.1 },
    { name: "a.module.with.a.very.long.path.to.its.head.weight", shape: [10, 256], gradient: 12345.6, weight: 1.83 },
    { name: "head.bias", shape: [10], gradient: Infinity, weight: 0.44 },
  ],
};
const colour = true;
const texts = [
  ...["plain50", "resnet50", "lstm50", "withNaN", "beyond", "empty"].map((name) => ({
    title: `isograd check: ${name}`,
    text: checkText(SAMPLES[name], { colour }),
  })),
  { title: "isograd check: hostile names, with tables", text: checkText(SAMPLES.hostile, { colour, table: true }) },
  { title: "isograd check: two networks", text: compareText(...two, { colour }) },
  ...["trained", "diverged", "withGaps"].map((name) => ({
    title: `isograd train: ${name}`,
    text: trainText(RUNS[name], {
      colour,
      dir: "isograd-run",
      replay: "npx isograd check isograd-run/failure/model.onnx --batch isograd-run/failure/batch.safetensors",
    }),
  })),
  {
    title: "isograd train: two runs",
    text: trainText(RUNS.trained, { colour, dir: "runs/plain", beside: { record: RUNS.residual, name: "runs/residual" } }),
  },
  {
    title: "isograd claims",
    text: claims.claims
      .slice(0, 4)
      .map((c) => claimText(c))
      .join("\n"),
  },
  { title: "isograd phase", text: phaseText(diagram, { colour }) },
  { title: "isograd predict: bare skips", text: await prediction({ arch: "residual-mlp", depth: 50, width: 64 }) },
  { title: "isograd predict: a transformer", text: await prediction({ arch: "transformer", depth: 3 }) },
  { title: "isograd grad", text: gradientTable(GRADIENTS) },
];

/** A page that is light or dark whatever the reader's system says. */
const inScheme = (page, scheme) =>
  page
    .replaceAll("@media (prefers-color-scheme:dark)", scheme === "dark" ? "@media all" : "@media not all")
    .replace("color-scheme:light dark", `color-scheme:${scheme}`);
const SCHEMES = ["light", "dark"];
for (const { name, page } of pages) for (const scheme of SCHEMES) writeFileSync(join(folder, `${name}-${scheme}.html`), inScheme(page, scheme));

/** Text with the colours of a terminal. */
function terminal(text) {
  const parts = [];
  let classes = new Set();
  for (const [, codes, run] of `\u001b[0m${text}`.matchAll(/\u001b\[(\d+)m([^\u001b]*)/g)) {
    const code = Number(codes);
    if (code === 22) classes = new Set([...classes].filter((c) => c !== "c1" && c !== "c2"));
    else if (code === 39) classes = new Set([...classes].filter((c) => !c.startsWith("c3")));
    else if (code > 0) classes = new Set([...classes, `c${code}`]);
    parts.push(classes.size === 0 ? run : html`<span class="${[...classes].join(" ")}">${run}</span>`);
  }
  return parts;
}

const STYLE = `
body{margin:0 auto;max-width:1280px;padding:24px;font:16px/1.5 system-ui,sans-serif;background:#fff;color:#1a1f24}
iframe{width:100%;height:640px;border:1px solid #d9dee3}.two{display:grid;grid-template-columns:1fr 1fr;gap:16px}
pre{font:12px/1.25 "DejaVu Sans Mono",Menlo,Consolas,monospace;padding:12px;overflow-x:auto;margin:0}
pre.light{background:#fff;border:1px solid #d9dee3}pre.dark{background:#13171a;color:#e6e9ec}
.c1{font-weight:700}.c2{opacity:.65}.light .c31{color:#b4261a}.light .c32{color:#00704f}.light .c33{color:#855800}.light .c34{color:#0065a3}.light .c36{color:#006b75}
.dark .c31{color:#ff8a7a}.dark .c32{color:#4ecfa2}.dark .c33{color:#e5b04c}.dark .c34{color:#62b5f0}.dark .c36{color:#7fd6dd}`;
const link = ({ name, title }) => html`<li>${title}: ${SCHEMES.map((s) => html`<a href="${name}-${s}.html">${s}</a> `)}</li>`;
const frames = ({ name, title }) => html`
  <h2 id="${name}">${title}</h2>
  <div class="two">${SCHEMES.map((s) => html`<iframe loading="lazy" title="${title}, ${s}" src="${name}-${s}.html"></iframe>`)}</div>`;
const consoles = ({ title, text }) => html`
  <h2>${title}</h2>
  <div class="two">${SCHEMES.map((s) => html`<pre class="${s}">${terminal(text)}</pre>`)}</div>`;
const index = html`
  <!doctype html>
  <html lang="en">
    <head><meta charset="utf-8"><title>isograd: gallery</title><style>${raw(STYLE)}</style></head>
    <body>
      <h1>Every page and every terminal report, from samples</h1>
      <ul>${pages.map(link)}<li><a href="#terminal">terminal reports</a></li></ul>
      ${joined(pages.map(frames), "\n")}
      <h1 id="terminal">Terminal reports</h1>
      ${joined(texts.map(consoles), "\n")}
    </body>
  </html>`;
const file = join(folder, "index.html");
writeFileSync(file, markupOf(index));
console.log(file);

if (process.argv.includes("--pictures")) {
  const { openBrowser } = await from("test/support/browser.ts");
  const { browser, close } = await openBrowser();
  const page = await browser.newPage({ locale: "en-US" });
  const shot = async (name, width, path) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(pathToFileURL(join(folder, name)).href);
    await page.screenshot({ path: join(folder, path), fullPage: true });
  };
  for (const { name } of pages)
    for (const scheme of SCHEMES) for (const width of [1200, 390]) await shot(`${name}-${scheme}.html`, width, `${name}-${scheme}-${width}.png`);
  await close();
}
