import { describe, expect, it } from "vitest";
import { trainPage } from "../../src/report/train-page.js";
import { runOf } from "../../src/report/train-run.js";
import { LEVELS } from "../../src/report/page/svg-heat.js";
import { STYLE } from "../../src/report/page/style.js";
import { magnitude, number } from "../../src/util/format.js";
import { RUNS, bare, byHeart, diverged, hostile, long, residual, trained, withGaps } from "./train-samples.js";

/** The cells of a table, row by row. */
function cellsOf(page: string, id: string): readonly (readonly string[])[] {
  const table = new RegExp(`<table id="${id}"[^]*?</table>`).exec(page)![0];
  return [...table.matchAll(/<tr data-x[^>]*>([^]*?)<\/tr>/g)].map((m) =>
    [...m[1]!.matchAll(/<td[^>]*>([^]*?)<\/td>/g)].map((c) => c[1]!.replace(/<[^>]+>/g, "")),
  );
}
const textOf = (page: string): string =>
  page
    .replace(/<(style|script|svg)[^>]*>[^]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");

describe("a run as a page", () => {
  it("has the record's numbers in its tables", () => {
    const page = trainPage(trained);
    const run = runOf(trained);
    const steps = cellsOf(page, "steps-0");
    expect(steps).toHaveLength(461);
    expect(steps[92]!.slice(0, 3)).toEqual(
      ["92", number(run.loss[92]!.y, "page"), number(run.loss[92]!.y, "page")].slice(0, 1).concat(steps[92]!.slice(1, 3)),
    );
    expect(steps[92]).toContain(number(run.loss[92]!.y, "page"));
    expect(steps[92]).toContain(number(run.validationLoss[0]!.y, "page"));
    const profile = cellsOf(page, "profile-0");
    expect(profile).toHaveLength(run.trunk.length);
    profile.forEach((row, d) => {
      expect(row[1]).toBe(run.trunk[d]);
      expect(row.slice(3)).toEqual(run.gradient.map((g) => magnitude(g[d]!, "page")));
    });
    expect(profile[4]![2]).toBe("layer2");
    const parameters = cellsOf(page, "parameters-0");
    expect(parameters.map((r) => r[0])).toEqual(run.parameters.map((q) => q.name));
    // A bias that is zero has no ratio; that of a weight is its update over its norm.
    expect(parameters[1]![4]).toBe("–");
    expect(parameters[0]![4]).toBe(magnitude(run.parameters[0]!.ratio[0]!, "page"));
    expect(run.parameters[0]!.ratio[0]).toBeCloseTo(-6, 0);
  });

  it("maps every measured step and every depth, each field once", () => {
    const page = trainPage(residual);
    const run = runOf(residual);
    const map = /<svg class="wide"[^>]*aria-labelledby="heat-0-wide-t[^]*?<\/svg>/.exec(page)![0];
    expect(/data-rows="([^"]+)"/.exec(map)![1]!.split(" ")).toEqual(run.measured.map((s) => `s${s}`));
    const area = [...map.matchAll(/class="h-\w+" d="([^"]+)"/g)].flatMap((m) =>
      [...m[1]!.matchAll(/h([\d.]+)v([\d.]+)h-/g)].map((f) => Number(f[1]) * Number(f[2])),
    );
    const [x0, x1] = /data-x="([^"]+)"/.exec(map)![1]!.split(" ").map(Number) as [number, number];
    const [y0, y1] = /data-y="([^"]+)"/.exec(map)![1]!.split(" ").map(Number) as [number, number];
    expect(area.reduce((a, b) => a + b, 0) / ((x1 - x0) * (y1 - y0))).toBeCloseTo(1, 2);
    for (let i = 0; i < LEVELS; i++) expect(STYLE).toContain(`.h-${i}{`);
    // Norms and skips of its blocks stand below.
    expect(map).toContain('class="arc a-residual');
    expect(textOf(page)).toContain("40 residual blocks");
  });

  it("shows what is no number in the map as such", () => {
    const page = trainPage(withGaps);
    for (const mark of ['class="nan-field"', 'class="h-infinite"', 'class="h-zero"']) expect(page).toContain(mark);
    for (const word of ["hatched: not a number", "exactly zero"]) expect(textOf(page)).toContain(word);
    expect(trainPage(trained)).not.toContain('class="nan-field"');
  });

  it("tells of a failed run why it stopped, and how to check the step", () => {
    const text = textOf(trainPage(diverged, { replay: "npx isograd check x/failure/model.onnx" }));
    for (const words of [
      "stopped at step 1",
      "Why it stopped",
      "non-finite-forward",
      "npx isograd check x/failure/model.onnx",
      "times their own norm",
      "One step was made, at a loss of",
    ])
      expect(text).toContain(words);
    expect(textOf(trainPage(trained))).not.toContain("Why it stopped");
  });

  it("has what was set aside, how it was trained, and the command", () => {
    const text = textOf(trainPage(byHeart));
    for (const words of ["Set aside", "it looks like a mask", "momentum, rate 0.05", "npx isograd train mlp --data digits"])
      expect(text).toContain(words);
  });

  it("says so where the gradient was not measured", () => {
    expect(textOf(trainPage(bare))).toContain("The gradient over depth was not measured in this run.");
    expect(trainPage(bare)).not.toContain("chart-updates");
  });

  it("draws learning rate and clip share where they tell something", () => {
    const page = trainPage(trained);
    for (const id of ["panel-rate", "panel-clip"]) expect(page).toContain(`id="${id}"`);
    const constant = {
      ...trained,
      readings: trained.readings
        .filter((r) => r.quantity !== "clip-share")
        .map((r) => (r.quantity === "learning-rate" ? { ...r, values: r.values.map(() => 0.1) } : r)),
    };
    for (const id of ["panel-rate", "panel-clip"]) expect(trainPage(constant)).not.toContain(`id="${id}"`);
  });

  it("shows two runs in the same charts, and in what they differ", () => {
    const page = trainPage(trained, { name: "runs/a", beside: { record: { ...residual, settings: [] }, name: "runs/b" } });
    const loss = /<svg class="wide"[^>]*aria-labelledby="chart-loss-wide-t[^]*?<\/svg>/.exec(page)![0];
    for (const key of ["l-gradient", "l-second", "l-gradient dash", "l-second dash"]) expect(loss).toContain(`class="${key}"`);
    expect(textOf(page)).toMatch(/A runs\/a .* B runs\/b/);
    const table = /<table id="differences"[^]*?<\/table>/.exec(page)![0];
    expect(textOf(table)).toMatch(/network mlp.* resnet.* optimizer momentum, rate 0.05, momentum 0.9 –/);
    // One scale for both maps: the same number has the same colour.
    const scales = [...page.matchAll(/aria-labelledby="heat-\d-wide-t[^>]*data-v="([^"]+)"/g)].map((m) => m[1]);
    expect(scales).toHaveLength(2);
    expect(scales[0]).toBe(scales[1]);
  });

  it("stays small however long the run is", () => {
    expect(trainPage(long).length).toBeLessThan(2.5e6);
    expect(cellsOf(trainPage(long), "steps-0").length).toBeLessThan(600);
  });

  it("lets no name of a file become markup, or stay invisible", () => {
    for (const page of [
      trainPage(hostile),
      trainPage(hostile, { beside: { record: hostile, name: hostile.model.name }, name: hostile.model.name }),
    ]) {
      const body = page.replace(/<(style|script)>[^]*?<\/\1>/g, "");
      expect(body).not.toContain("<img");
      expect(body).not.toContain("\u202e");
      expect(body).toContain("&lt;img src=x");
    }
  });

  it.each(Object.entries(RUNS))("%s has no number that was not written for reading", (_, run) => {
    expect(textOf(trainPage(run))).not.toMatch(/undefined|\[object|Infinity|\d\.\d{7,}/);
  });
});
