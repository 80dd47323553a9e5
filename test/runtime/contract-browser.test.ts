import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WEB_WORKER, bundleWeb } from "../../tools/bundle.mjs";
import { openBrowser } from "../support/browser.js";
import { serveFolders } from "../support/serve.js";
import { CASES, SKIPS } from "./contract.js";

// The contract in a real browser: the sessions of onnxruntime-web in a Web Worker, with one thread and, where the page is isolated, with two.

const folder = mkdtempSync(join(tmpdir(), "isograd-contract-"));
const engine = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const HTML = '<!doctype html><title>contract</title><script type="module" src="/page/contract-page.js"></script>';
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  await bundleWeb({ "contract-page": fileURLToPath(new URL("contract-page.ts", import.meta.url)), "web-worker": WEB_WORKER }, folder);
  ({ browser, close } = await openBrowser());
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const NAMES = CASES.map((c) => c.name).filter((name) => !(name in SKIPS["wasm"]!));
/** So many cases are one request: each takes a few milliseconds. */
const BATCH = 100;

describe.each([1, 2])("Chromium, threads: %i", (threads) => {
  let page: Page;
  let end: () => Promise<void>;
  beforeAll(async () => {
    const server = await serveFolders({ page: folder, engine }, { pages: { "/": HTML }, isolated: threads > 1 });
    end = () => server.close();
    page = await browser.newPage();
    await page.goto(`${server.origin}/?threads=${threads}`);
    await page.waitForFunction("globalThis.ready === true");
    expect(await page.evaluate("globalThis.crossOriginIsolated")).toBe(threads > 1);
  });
  afterAll(async () => {
    await page.close();
    await end();
  });
  for (let from = 0; from < NAMES.length; from += BATCH) {
    const names = NAMES.slice(from, from + BATCH);
    it(`keeps the contract: ${names[0]} … ${names[names.length - 1]}`, async () => {
      expect(await page.evaluate(`runCases(${JSON.stringify(names)})`)).toEqual([]);
    });
  }
});
