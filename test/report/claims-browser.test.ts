import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, it } from "vitest";
import { claimsPage } from "../../src/report/claims-page.js";
import { axeFinds, pagesInBrowser } from "../support/pages.js";
import type { OpenedPage } from "../support/pages.js";
import { phasePage } from "../../src/report/phase-page.js";
import { claims, diagram } from "./claims-samples.js";
import { COLLISIONS } from "./collisions.js";

// The page of the claims in a real browser. Other processes get more time than a function: on a busy machine they start late.

const few = claims.claims.filter((c) => ["skip-stops-explosion", "scaled-branch", "one-large-layer", "shattering", "perturbation"].includes(c.id));
const pages = pagesInBrowser({
  claims: claimsPage(claims),
  phase: phasePage(diagram),
  // A page of every kind of part, in few rows: axe looks at every cell.
  brief: claimsPage({ ...claims, claims: few }),
});
const phase = pages.url("phase");
const brief = pages.url("brief");
const open = (options?: BrowserContextOptions): Promise<OpenedPage> => pages.open("claims", options);

/** The smallest letters of a chart, in pixels as shown. */
const SMALLEST = `Math.min(...[...document.querySelectorAll(".stage svg")].filter((s) => s.getBoundingClientRect().width > 0)
  .map((s) => 12 * s.getBoundingClientRect().width / s.viewBox.baseVal.width))`;

describe("the page of the claims", () => {
  it("loads without an error, a warning or a request; at no width anything scrolls sideways, collides or is tiny", async () => {
    const { page, complaints } = await open();
    for (const width of [1200, 800, 390, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), `${width} pixels`).toBeLessThanOrEqual(width);
      expect(await page.locator(".stage svg:visible").count()).toBe(await page.locator(".stage").count());
      expect(await page.evaluate<string[]>(COLLISIONS), `${width} pixels`).toEqual([]);
      expect(await page.evaluate<number>(SMALLEST), `${width} pixels`).toBeGreaterThan(9);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("in %s axe finds nothing wrong, its tables open", async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await page.goto(brief);
    await page.evaluate("document.querySelectorAll('details').forEach((e) => e.setAttribute('open', ''))");
    expect(await axeFinds(page)).toEqual([]);
    await page.context().close();
  });

  it("tells the numbers of one depth under the pointer, and answers to the arrow keys", async () => {
    const { page, complaints } = await open();
    const stage = page.locator("#skip-stops-explosion .stage");
    const told = async (): Promise<string> => (await stage.locator(".tip").innerText()).replace(/\s+/g, " ");
    await stage.scrollIntoViewIfNeeded();
    const box = (await stage.locator("svg.wide").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.44, box.y + 100);
    expect(await told()).toMatch(/^L = 20 x \+ W·ReLU\(x\) ×.*law.* W·ReLU\(x\) ×/);
    await page.mouse.move(5, 5);
    expect(await page.locator(".stage.live").count()).toBe(0);
    await stage.focus();
    await page.keyboard.press("End");
    expect(await told()).toMatch(/^L = 40 .*×1\.0×10¹²/);
    await page.keyboard.press("ArrowLeft");
    expect(await told()).toMatch(/^L = 20/);
    const tip = (await stage.locator(".tip").boundingBox())!;
    expect(tip.x >= 0 && tip.x + tip.width <= 1200).toBe(true);
    await page.keyboard.press("Escape");
    expect(await page.locator(".stage.live").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("keeps what is told inside a narrow screen", async () => {
    const { page } = await open({ viewport: { width: 360, height: 780 }, hasTouch: true });
    for (const id of ["skip-stops-explosion", "highway-mitigates", "near-zero-weights"]) {
      const stage = page.locator(`#${id} .stage`).first();
      await stage.focus();
      for (const key of ["Home", "ArrowRight", "End"]) {
        await page.keyboard.press(key);
        const tip = (await stage.locator(".tip").boundingBox())!;
        expect(tip.x, id).toBeGreaterThanOrEqual(0);
        expect(tip.x + tip.width, id).toBeLessThanOrEqual(360);
      }
    }
    await page.context().close();
  });

  it("copies the command of a claim", async () => {
    const { page } = await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const block = page.locator("#highway-mitigates .command");
    await block.getByRole("button", { name: "Copy" }).click();
    await block.getByText("Copied").waitFor();
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe("npx isograd claims highway-mitigates --quick");
    await page.context().close();
  });

  it("follows its links, folds the numbers, and is complete without its script", async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.locator(".stage svg:visible").count()).toBe(await page.locator(".stage").count());
    expect(await page.locator(".command button").count()).toBe(0);
    await page.locator("a[href='#near-zero-weights']").click();
    expect(await page.locator("#near-zero-weights h2").isVisible()).toBe(true);
    const table = page.locator("#near-zero-weights table");
    expect(await table.isVisible()).toBe(false);
    await page.locator("#near-zero-weights summary").click();
    expect(await table.isVisible()).toBe(true);
    await page.context().close();
  });

  it("prints in ink on paper, every chart once, nothing colliding", async () => {
    const { page } = await open({ colorScheme: "dark", viewport: { width: 688, height: 1000 } });
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.locator(".stage svg:visible").count()).toBe(await page.locator(".stage").count());
    expect((await page.evaluate<string[]>(COLLISIONS)).filter((c) => !c.includes(": out: "))).toEqual([]);
    expect(await page.locator(".command button:visible").count()).toBe(0);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.context().close();
  });

  it("a phase diagram: nothing collides or scrolls sideways at any width, axe finds nothing wrong", async () => {
    const { page, complaints } = await open({ colorScheme: "dark" });
    await page.goto(phase);
    for (const width of [1200, 390, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), `${width} pixels`).toBeLessThanOrEqual(width);
      expect(await page.evaluate<string[]>(COLLISIONS), `${width} pixels`).toEqual([]);
    }
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await axeFinds(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
