// Writes docs/pictures/start.png and example.png, the charts of the pages that `npm start` and `npm run example` make: run both first.
// test/support/browser.ts says which Chromium that takes.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register();
const { openBrowser } = await import("../test/support/browser.ts");

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { browser, close } = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: "light" });
mkdirSync(here("../docs/pictures"), { recursive: true });
await page.goto(`file://${here("../.cache/check.html")}`);
await page
  .locator("section", { hasText: "Gradient over depth" })
  .last()
  .screenshot({ path: here("../docs/pictures/example.png") });
await page.goto(`file://${here("../.cache/claims.html")}`);
await page
  .locator("section", { hasText: "What the gradient does on its way back" })
  .first()
  .screenshot({ path: here("../docs/pictures/start.png") });
await close();
