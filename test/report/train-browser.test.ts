import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { trainPage } from "../../src/report/train-page.js";
import { runOf } from "../../src/report/train-run.js";
import { magnitude } from "../../src/util/format.js";
import { axeFinds, pagesInBrowser } from "../support/pages.js";
import { COLLISIONS } from "./collisions.js";
import { RUNS, byHeart, diverged, residual, trained } from "./train-samples.js";

const PAGES = {
  ...Object.fromEntries(Object.entries(RUNS).map(([name, run]) => [name, trainPage(run)])),
  two: trainPage(trained, { beside: { record: residual, name: "runs/residual" }, name: "runs/plain" }),
  failedBeside: trainPage(diverged, {
    beside: { record: trained, name: "runs/plain" },
    name: "runs/wild",
    replay: "npx isograd check failure/model.onnx",
  }),
} as Readonly<Record<string, string>>;

const { open } = pagesInBrowser(PAGES);

describe.each(Object.keys(PAGES))("the page of the run %s", (name) => {
  it("loads without an error, a warning or a request, and has nothing to scroll sideways or on top of each other", async () => {
    const { page, complaints } = await open(name);
    for (const width of [1200, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), `${width} pixels`).toBeLessThanOrEqual(width);
      expect(await page.locator(".stage svg:visible").count()).toBe(await page.locator(".stage").count());
      expect(await page.evaluate<string[]>(COLLISIONS), `${width} pixels`).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it.each(["byHeart", "failedBeside"])("axe finds nothing wrong with %s, its tables open", async (name) => {
    const { page } = await open(name, { colorScheme });
    for (const details of await page.locator("details").all()) await details.evaluate("(e) => e.setAttribute('open', '')");
    expect(await axeFinds(page)).toEqual([]);
    await page.context().close();
  });
});

describe("values under the pointer", () => {
  const tip = async (page: Page, stage: string): Promise<string> => (await page.locator(stage).locator(".tip").innerText()).replace(/\s+/g, " ");
  const HEAT = ".stage:has(#heat-0-wide-t)";

  it("of the map are those of its field, by the pointer and by the arrow keys", async () => {
    const run = runOf(trained);
    const { page, complaints } = await open("trained");
    const svg = page.locator(`${HEAT} svg.wide`);
    await svg.scrollIntoViewIfNeeded();
    const box = (await svg.boundingBox())!;
    const scale = box.width / 960;
    const [depth, row] = [6, 4];
    const height = Math.min(24, 260 / run.measured.length);
    await page.mouse.move(box.x + scale * (58 + (depth / 18) * 888), box.y + scale * (10 + (row + 0.5) * height));
    const text = await tip(page, HEAT);
    expect(text).toContain(run.trunk[depth]!);
    expect(text).toContain(`Step ${run.measured[row]!}`);
    expect(text).toContain(magnitude(run.gradient[row]![depth]!, "page"));
    expect(text.match(/step/gi)).toHaveLength(1);
    await page.mouse.move(5, 5);
    await page.locator(HEAT).focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    const next = await tip(page, HEAT);
    expect(next).toContain(`step ${run.measured[row + 1]!}`);
    expect(next).toContain(magnitude(run.gradient[row + 1]![1]!, "page"));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("of the second map are those of the second run", async () => {
    const run = runOf(residual);
    const { page } = await open("two");
    const svg = page.locator(".stage:has(#heat-1-wide-t) svg.wide");
    await svg.scrollIntoViewIfNeeded();
    const box = (await svg.boundingBox())!;
    await page.mouse.move(box.x + (box.width / 960) * (58 + 888), box.y + (box.width / 960) * 14);
    const text = await tip(page, ".stage:has(#heat-1-wide-t)");
    expect(text).toContain("B depth 80");
    expect(text).toContain(magnitude(run.gradient[0]!.at(-1)!, "page"));
    await page.context().close();
  });

  it("of the curves are those of the step", async () => {
    const run = runOf(byHeart);
    const { page } = await open("byHeart");
    const LOSS = ".stage:has(#chart-loss-wide-t)";
    await page.locator(LOSS).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await tip(page, LOSS)).toMatch(new RegExp(`step 1 .*loss ${run.loss[1]!.y.toPrecision(3)}`));
    await page.context().close();
  });
});
