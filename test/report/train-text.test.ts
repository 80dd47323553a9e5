import { describe, expect, it } from "vitest";
import { trainText } from "../../src/report/train-text.js";
import type { TrainRecord } from "../../src/study/train-record.js";
import { columns } from "../../src/report/visible.js";
import { RUNS, byHeart, diverged, idle, negative, notByHeart, overfitting, residual, runaway, trained, withGaps } from "./train-samples.js";

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[\\d+(?:;\\d+)*m`, "g");
const names = Object.keys(RUNS);
const flat = (record: TrainRecord, options: Parameters<typeof trainText>[1] = {}): string => trainText(record, options).replace(/\s+/g, " ");

describe("a run as text", () => {
  it.each(names)("%s keeps to its width, alone and beside another, with and without colour", (name) => {
    for (const width of [40, 80, 120]) {
      for (const beside of [undefined, { record: residual, name: "runs/residual" }]) {
        const text = trainText(RUNS[name]!, { width, dir: "isograd-run", colour: true, beside });
        expect(Math.max(...text.replace(ANSI, "").split("\n").map(columns)), `${width}`).toBeLessThanOrEqual(width);
        expect(text.replace(ANSI, "")).toBe(trainText(RUNS[name]!, { width, dir: "isograd-run", beside }));
        expect(text).toMatch(ANSI);
        expect(text.replace(ANSI, "")).not.toMatch(/[^\P{C}\n]/u);
      }
    }
  });

  it("says first how it ended", () => {
    const head = (record: TrainRecord): string => /^[✓✗?] .*$/m.exec(trainText(record))![0];
    expect(head(trained)).toBe("✓ TRAINED");
    expect(head(diverged)).toBe("✗ STOPPED AT STEP 1");
    expect(head(byHeart)).toBe("✓ LEARNED BY HEART");
    expect(head(notByHeart)).toBe("✗ NOT LEARNED BY HEART");
    expect(head(idle)).toBe("? FINISHED, BUT THE LOSS DID NOT FALL");
    expect(flat(trained)).toMatch(
      /460 steps, 10 epochs, took the loss from \d[\d.]* to 0\.\d+\. The network classifies 89\.6 % of 1,000 validation examples rightly\./,
    );
  });

  it("tells overfitting where the validation loss turns, and nowhere else", () => {
    expect(flat(overfitting)).toContain("The validation loss was least after 120 steps, 0.400, and is 0.900 at the end");
    for (const name of names.filter((n) => n !== "overfitting")) expect(flat(RUNS[name]!), name).not.toContain("overfitting");
  });

  it("tells of a failed run what its last step did, the findings, and how to check it", () => {
    const replay = "npx isograd check isograd-run/failure/model.onnx --batch isograd-run/failure/batch.safetensors";
    const text = flat(diverged, { dir: "isograd-run", replay });
    expect(text).toContain("Step 0 moved the weight matrices by 8.1e3 times their own norm".replace("8.1e3", "8103"));
    expect(text).toMatch(/At step 0 the gradient differs ×\d+ over the depth.*look at the initialisation/);
    // The rate is not blamed for what the depth does.
    expect(text).not.toContain("the learning rate is too large");
    const level = {
      ...diverged,
      readings: diverged.readings.map((r) => (diverged.trunk.includes(r.site) ? { ...r, values: r.values.map(() => 0) } : r)),
    };
    expect(flat(level)).toContain("about 10^-3 is usual: the learning rate is too large for this network.");
    expect(flat(runaway)).toMatch(/The loss was 0\.525 at step 59 and rose to 1\.0e15 by step 63: steps that are too large do this/);
    expect(text).toContain("✗ error: non-finite-forward");
    // The headline has the evidence; the finding has its remedy.
    expect(text.split("holds infinity").length).toBe(2);
    expect(text).toContain("Lower the learning rate.");
    expect(text).toContain("1 more note");
    expect(trainText(diverged, { dir: "isograd-run", replay })).toContain(`\n  ${replay}\n`);
    expect(flat(trained)).not.toContain("too large");
  });

  it("maps the gradient at the first, the middle and the last measured step, by what it is", () => {
    const rows = trainText(trained).split("\n");
    const steps = rows.filter((r) => /^step \d/.test(r));
    expect(steps.map((r) => /^step \d+/.exec(r)![0])).toEqual(["step 0", "step 230", "step 459"]);
    // It falls over the steps and grows towards the input.
    const dark = (s: string): number => Array.from(s).reduce((n, c) => n + "░▒▓█".indexOf(c) + 1, 0);
    const shades = steps.map((r) => r.replace(/^step \d+ +/, ""));
    expect(dark(shades[0]!)).toBeGreaterThan(dark(shades[2]!));
    expect(trainText(trained)).toMatch(/░ from [\d.e-]+, ▒ [\d.e-]+, ▓ [\d.e-]+, █ [\d.e-]+, the largest is [\d.]+/);
    const gaps = trainText(withGaps);
    expect(/^step 0 .*$/m.exec(gaps)![0]).toMatch(/\?+\^+0+\?+\^+0+/);
    for (const word of ["? not a number", "^ infinite", "0 exactly zero"]) expect(gaps.replace(/\s+/g, " ")).toContain(word);
  });

  it("plots the loss from the left to the right, large above small, and the validation loss over it", () => {
    const rows = trainText(trained).split("\n");
    const start = rows.findIndex((r) => r.startsWith("loss  "));
    const panel = rows.slice(start + 1, start + 9).map((r) => r.slice(9));
    const first = (i: number): number => panel[i]!.search(/[\u2801-\u28ff]/);
    expect(first(0)).toBe(0);
    expect(panel.at(-1)!.trim() === "" || first(7) > 20).toBe(true);
    expect(panel.join("").split("o").length - 1).toBe(5);
    // Of many marks those are left out that would hide the line.
    const dense = trained.readings.map((r) =>
      r.quantity === "validation-loss" ? { ...r, steps: Array.from({ length: 50 }, (_, i) => 9 * i), values: new Array<number>(50).fill(0.5) } : r,
    );
    const chart = trainText({ ...trained, readings: dense })
      .split("\n")
      .slice(start + 1, start + 9)
      .join("");
    expect(chart.split("o").length - 1).toBeLessThanOrEqual(15);
    expect(trainText(negative)).toMatch(/ -4 ┤/);
  });

  it("shows two runs on one scale, and in what they differ", () => {
    const text = trainText(trained, {
      beside: { record: { ...residual, settings: [...residual.settings.slice(0, 3), { what: "clipping", value: "none" }] }, name: "runs/b" },
      dir: "runs/a",
    });
    for (const line of ["A runs/a", "B runs/b", "A loss", "B loss", "in what they differ"]) expect(text).toContain(line);
    const differences = text.slice(text.indexOf("in what they differ")).replace(/\s+/g, " ");
    expect(differences).toMatch(/network A mlp.* B resnet.* clipping A norm:1 B none/);
    expect(differences).not.toContain("momentum");
    expect(flat(trained, { beside: { record: trained, name: "b" } })).toContain("Both runs were made alike.");
  });
});
