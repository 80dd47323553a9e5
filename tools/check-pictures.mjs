// Writes the pictures of docs/check.md from real check-ups of the shipped examples: npm run example && node tools/check-pictures.mjs
// (the example makes the batches). test/support/browser.ts says which Chromium that takes.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register();
const { openBrowser } = await import("../test/support/browser.ts");

const root = fileURLToPath(new URL("..", import.meta.url));
const batches = Array.from({ length: 8 }, (_, k) => ["--batch", `.cache/digits-${k}.safetensors`]).flat();
const check = (page, ...models) => {
  try {
    execFileSync(process.execPath, ["bin/isograd.js", "check", ...models, ...batches, "--html", page], { cwd: root, stdio: "ignore" });
  } catch (error) {
    // 1 says that something was found.
    if (error.status !== 1) throw error;
  }
};
check(".cache/one.html", "examples/plain-40.onnx");
check(".cache/two.html", "examples/plain-40.onnx", "examples/skip-40.onnx");

mkdirSync(`${root}docs/pictures`, { recursive: true });
const { browser, close } = await openBrowser();
// Slightly smaller than on a screen: a picture of the documents stays below 200 kB.
const open = async (file) => {
  const page = await browser.newPage({ viewport: { width: 1060, height: 1800 }, deviceScaleFactor: 0.9, colorScheme: "light", locale: "en-US" });
  await page.goto(`file://${root}.cache/${file}`);
  return page;
};
const one = await open("one.html");
const chart = await one.locator(".stage").first().boundingBox();
await one.mouse.move(chart.x + 0.62 * chart.width, chart.y + 60);
const end = await one.locator("#panel-activation").boundingBox();
await one.screenshot({ path: `${root}docs/pictures/check-page.png`, clip: { x: 0, y: 0, width: 1060, height: end.y - 6 } });

const two = await open("two.html");
await two.locator("#panel-gradient").screenshot({ path: `${root}docs/pictures/check-two.png` });
await close();
