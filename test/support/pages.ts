import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { openBrowser } from "./browser.js";

/** A page that was opened. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, and requests for anything but the pages. */
  readonly complaints: string[];
}

/** Pages by name in a browser that is open while a test file runs. */
export interface PagesInBrowser<N extends string> {
  /** Where a page lies. */
  url(name: N): string;
  /** Opens a page, in a context of its own. */
  open(name: N, options?: BrowserContextOptions): Promise<OpenedPage>;
}

/** Writes pages into a folder of a test file and opens a browser for it. */
export function pagesInBrowser<N extends string>(pages: Readonly<Record<N, string>>): PagesInBrowser<N> {
  const folder = mkdtempSync(join(tmpdir(), "isograd-pages-"));
  const url = (name: string): string => pathToFileURL(join(folder, `${name}.html`)).href;
  const own = new Set(Object.keys(pages).map(url));
  let browser: Browser;
  let close: () => Promise<void>;
  beforeAll(async () => {
    for (const [name, html] of Object.entries<string>(pages)) writeFileSync(join(folder, `${name}.html`), html);
    ({ browser, close } = await openBrowser());
  });
  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url,
    async open(name, options = {}) {
      const context = await browser.newContext({ locale: "en-US", viewport: { width: 1200, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (m) => void (["error", "warning"].includes(m.type()) && complaints.push(m.text())));
      page.on("pageerror", (e) => void complaints.push(e.message));
      page.on("request", (r) => void (!own.has(r.url()) && complaints.push(`request: ${r.url()}`)));
      await page.goto(url(name));
      return { page, complaints };
    },
  };
}

/** What axe finds wrong with a page, each with the first places. */
export async function axeFinds(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map((v) => {
    const places = v.nodes.slice(0, 2).map((n) => n.html.slice(0, 200));
    return `${v.id}: ${places.join(" ")}`;
  });
}
