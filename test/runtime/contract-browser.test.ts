import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../support/browser.js";
import { servedContract } from "../support/contract-page.js";
import { CASES, SKIPS } from "./contract.js";

// The contract in a real browser: the sessions of onnxruntime-web in a Web Worker, with one thread and, where the page is isolated, with two.

let browser: Browser;
let close: () => Promise<void>;
let served: Awaited<ReturnType<typeof servedContract>>;
beforeAll(async () => {
  served = await servedContract();
  ({ browser, close } = await openBrowser());
});
afterAll(async () => {
  await close();
  await served.close();
});

const NAMES = CASES.map((c) => c.name).filter((name) => !(name in SKIPS["wasm"]!));
/** So many cases are one request: each takes a few milliseconds. */
const BATCH = 100;

describe.each([1, 2])("Chromium, threads: %i", (threads) => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.newPage();
    await page.goto(served.url(threads));
    await page.waitForFunction("globalThis.ready === true");
    expect(await page.evaluate("globalThis.crossOriginIsolated")).toBe(threads > 1);
  });
  afterAll(() => page.close());
  for (let from = 0; from < NAMES.length; from += BATCH) {
    const names = NAMES.slice(from, from + BATCH);
    it(`keeps the contract: ${names[0]} … ${names[names.length - 1]}`, async () => {
      expect(await page.evaluate(`runCases(${JSON.stringify(names)})`)).toEqual([]);
    });
  }
});
