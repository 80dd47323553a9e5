import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { TrunkRow } from "../../src/study/check-record.js";
import { magnitude } from "../../src/util/format.js";
import { checkPage } from "../../src/report/check-page.js";
import { comparePage } from "../../src/report/compare-page.js";
import { axeFinds, pagesInBrowser } from "../support/pages.js";
import { COLLISIONS } from "./collisions.js";
import { hostile, huge, lstm50, mlp3, plain50, resnet50, tiny, withNaN } from "./samples.js";

// The pages in a real browser.
// Other processes get more time than a function: on a busy machine they start late.

const PAGES = {
  plain: checkPage(plain50),
  broken: checkPage(withNaN),
  recurrent: checkPage(lstm50),
  tiny: checkPage(tiny),
  hostile: checkPage(hostile),
  two: comparePage(plain50, resnet50),
  huge: checkPage(huge),
  // All that a page can hold, in few rows: axe looks at every cell.
  brief: checkPage({ ...mlp3, findings: plain50.findings, law: "exponential", curvature: plain50.curvature }),
  briefTwo: comparePage({ ...mlp3, findings: plain50.findings }, { ...withNaN, parameters: [], units: [] }),
} as const;
type Name = keyof typeof PAGES;

const { open } = pagesInBrowser(PAGES);

const colours = (page: Page): Promise<string[]> =>
  page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]");
/** Relative luminance of rgb(r, g, b), after WCAG. */
function luminance(colour: string): number {
  const [r, g, b] = (colour.match(/\d+/g) ?? []).map((v) =>
    Number(v) / 255 <= 0.03928 ? Number(v) / 255 / 12.92 : ((Number(v) / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

describe.each(Object.keys(PAGES) as Name[])("the page %s", (name) => {
  it("loads without an error, a warning or a request, and has nothing to scroll sideways or on top of each other", async () => {
    const { page, complaints } = await open(name);
    for (const width of [1200, 700, 390, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), `${width} pixels`).toBeLessThanOrEqual(width);
      // One of the two pictures of each chart shows.
      expect(await page.locator(".stage svg:visible").count()).toBe(await page.locator(".stage").count());
      expect(await page.evaluate<string[]>(COLLISIONS), `${width} pixels`).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("ground and ink follow", async () => {
    const { page } = await open("plain", { colorScheme });
    const [ground, ink] = (await colours(page)).map(luminance) as [number, number];
    expect(ground > ink).toBe(colorScheme === "light");
    expect((Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)).toBeGreaterThan(10);
    await page.context().close();
  });

  it.each(["brief", "briefTwo"] as const)("axe finds nothing wrong with %s, its tables open", async (name) => {
    const { page } = await open(name, { colorScheme });
    for (const details of await page.locator("details").all()) await details.evaluate("(e) => e.setAttribute('open', '')");
    expect(await axeFinds(page)).toEqual([]);
    await page.context().close();
  });
});

/** Where something stands in the window, once it is scrolled there. */
async function placeOf(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  await what.scrollIntoViewIfNeeded();
  return (await what.boundingBox())!;
}

describe("values under the pointer", () => {
  const told = async (page: Page, panel = 0): Promise<string> =>
    (await page.locator(".stage").nth(panel).locator(".tip").innerText()).replace(/\s+/g, " ");
  const expectRow = (text: string, row: TrunkRow): void => {
    expect(text).toContain(row.value);
    expect(text).toContain(`depth ${row.depth}`);
    expect(text).toContain(magnitude(row.lnGradient, "page"));
  };

  it("are those of the nearest row, and of the block there", async () => {
    const { page, complaints } = await open("plain");
    const box = await placeOf(page.locator(".stage svg.wide").first());
    const depth = 60;
    const x = box.x + (box.width * (58 + (depth / plain50.trunk.at(-1)!.depth) * (960 - 14 - 58))) / 960;
    await page.mouse.move(x, box.y + 100);
    const text = await told(page);
    expectRow(text, plain50.trunk[depth]!);
    expect(text).toContain(magnitude(plain50.trunk[depth]!.lnActivation, "page"));
    expect(text).toMatch(/plain.*×/);
    // The cursor stands in every chart of the figure, the dot on the curve.
    expect(await page.locator("figure").first().locator(".stage.live").count()).toBe(3);
    const dot = (await page.locator("#chart-gradient-wide-t").locator("..").locator(".dot.on").boundingBox())!;
    expect(Math.abs(dot.x + dot.width / 2 - x)).toBeLessThan(4);
    await page.mouse.move(5, 5);
    expect(await page.locator(".stage.live").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("stay inside the page, and work on the narrow chart by touch", async () => {
    const { page } = await open("plain", { viewport: { width: 360, height: 780 }, hasTouch: true });
    const box = await placeOf(page.locator(".stage svg.narrow").first());
    for (const share of [0.16, 0.5, 0.97]) {
      await page.mouse.move(box.x + share * box.width, box.y + 80);
      const tip = (await page.locator(".stage").first().locator(".tip").boundingBox())!;
      expect(tip.x).toBeGreaterThanOrEqual(0);
      expect(tip.x + tip.width).toBeLessThanOrEqual(360);
    }
    await page.touchscreen.tap(box.x + 0.5 * box.width, box.y + 80);
    expect(await told(page)).toContain("depth");
    await page.touchscreen.tap(20, 5);
    expect(await page.locator(".stage.live").count()).toBe(0);
    await page.context().close();
  });

  it("answer to the arrow keys, from the first row to the last", async () => {
    const { page } = await open("plain");
    await page.locator(".stage").first().focus();
    await page.keyboard.press("ArrowRight");
    expectRow(await told(page), plain50.trunk[0]!);
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    expectRow(await told(page), plain50.trunk[3]!);
    await page.keyboard.press("End");
    expectRow(await told(page), plain50.trunk.at(-1)!);
    await page.keyboard.press("Escape");
    expect(await page.locator(".stage.live").count()).toBe(0);
    await page.context().close();
  });

  it("say that there is no number where there is none", async () => {
    const { page } = await open("broken");
    const box = await placeOf(page.locator(".stage svg.wide").first());
    const x = (depth: number): number => box.x + (box.width * (58 + (depth / withNaN.trunk.at(-1)!.depth) * (960 - 14 - 58))) / 960;
    await page.mouse.move(x(28), box.y + 100);
    expect(await told(page)).toMatch(/‖∂loss\/∂x‖ NaN/);
    expect(await page.locator("#chart-gradient-wide-t").locator("..").locator(".dot.on").count()).toBe(0);
    await page.mouse.move(x(44), box.y + 100);
    expect(await told(page)).toContain("∞");
    await page.context().close();
  });

  it("are those of both networks where two are compared, at the same share of the depth", async () => {
    const { page } = await open("two");
    const box = await placeOf(page.locator(".stage svg.wide").first());
    await page.mouse.move(box.x + box.width * ((58 + 0.5 * 888) / 960), box.y + 100);
    const text = await told(page);
    const half = (rows: readonly TrunkRow[]): readonly TrunkRow[] => rows.filter((r) => Math.abs(r.depth - rows.at(-1)!.depth / 2) < 1.1);
    for (const rows of [plain50.trunk, resnet50.trunk]) expect(half(rows).some((r) => text.includes(r.value))).toBe(true);
    await page.context().close();
  });

  it("show hostile names as they are, as text", async () => {
    const { page, complaints } = await open("hostile");
    await page.locator(".stage").first().focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    expect(await told(page)).toContain('<script>alert("1")</script>');
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe("tables and panels", () => {
  it("open, and sort by number both ways", async () => {
    const { page } = await open("plain");
    await page.locator("summary", { hasText: "numbers behind" }).click();
    const table = page.locator("#trunk");
    expect(await table.isVisible()).toBe(true);
    const column = (): Promise<number[]> =>
      page.evaluate<number[]>("[...document.querySelectorAll('#trunk tbody tr')].map((r) => Number(r.cells[3].dataset.v))");
    const sort = table.locator("thead th").nth(3).getByRole("button");
    await sort.click();
    expect(await column()).toEqual([...(await column())].sort((a, b) => b - a));
    expect(await table.locator("thead th").nth(3).getAttribute("aria-sort")).toBe("descending");
    await sort.click();
    expect(await column()).toEqual([...(await column())].sort((a, b) => a - b));
    await page.context().close();
  });

  it("sort rows without a number to the end, and leave the values under the pointer right", async () => {
    const { page } = await open("broken");
    await page.locator("summary", { hasText: "numbers behind" }).click();
    await page.locator("#trunk thead th").nth(3).getByRole("button").click();
    const cells = await page.evaluate<string[]>("[...document.querySelectorAll('#trunk tbody tr')].map((r) => r.cells[3].textContent)");
    const first = cells.findIndex((c) => c === "NaN" || c === "–");
    expect(cells.slice(first).every((c) => c === "NaN" || c === "–")).toBe(true);
    await page.locator(".stage").first().focus();
    await page.keyboard.press("End");
    expect(await page.locator(".tip").first().innerText()).toContain(withNaN.trunk.at(-1)!.value);
    await page.context().close();
  });

  it("panels are switched off and on", async () => {
    const { page } = await open("plain");
    const panel = page.locator("#panel-activation");
    expect(await panel.isVisible()).toBe(true);
    await page.getByLabel("Activation", { exact: true }).uncheck();
    expect(await panel.isVisible()).toBe(false);
    await page.getByLabel("Activation", { exact: true }).check();
    expect(await panel.isVisible()).toBe(true);
    await page.context().close();
  });
});

describe("terms", () => {
  it("open where a label links to them, by the pointer and by the keyboard", async () => {
    const { page, complaints } = await open("plain");
    const terms = page.locator("#terms");
    expect(await terms.getAttribute("open")).toBeNull();
    await page.locator(".numbers a.term", { hasText: "Growth per block" }).click();
    expect(await page.locator("#term-growth-per-block").isVisible()).toBe(true);
    await terms.locator("summary").click();
    expect(await page.locator("#term-growth-per-block").isVisible()).toBe(false);
    // The same link again, though the address does not change.
    await page.locator(".numbers a.term", { hasText: "Growth per block" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("#term-growth-per-block").waitFor({ state: "visible" });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("are one thing to click in a table's heading, and sorting is another", async () => {
    const { page } = await open("plain");
    const head = page.locator("#blocks thead th", { hasText: "Gain of the square" });
    await head.getByRole("button", { name: "Sort by Gain of the square" }).click();
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    expect(await page.locator("#terms").getAttribute("open")).toBeNull();
    await head.getByRole("link").click();
    expect(await page.locator("#term-gain").isVisible()).toBe(true);
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    await page.context().close();
  });
});

it("prints in ink on paper, the wide charts without the switches", async () => {
  const { page } = await open("plain", { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  const [ground, ink] = (await colours(page)).map(luminance) as [number, number];
  expect(ground).toBeGreaterThan(ink);
  expect(await page.locator(".stage svg.narrow:visible").count()).toBe(0);
  expect(await page.locator(".toggles:visible").count()).toBe(0);
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  await page.context().close();
});

it("is complete without its script", async () => {
  const { page } = await open("plain", { javaScriptEnabled: false });
  expect(await page.locator(".stage svg:visible").count()).toBe(4);
  expect(await page.locator(".toggles:visible").count()).toBe(0);
  await page.locator("summary", { hasText: "numbers behind" }).click();
  expect(await page.locator("#trunk").isVisible()).toBe(true);
  await page.context().close();
});
