import { describe, expect, it } from "vitest";
import { clipped, euclideanNorm, globalNorm } from "../../src/train/clip.js";
import type { ClipRule, Gradient } from "../../src/train/clip.js";
import { stream } from "../../src/util/random.js";

const random = stream(5, "clip");
const draw = (shape: readonly number[], at: number, scale: number): Gradient => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => scale * random.normal(at + i)),
});
const gradients = new Map([
  ["kernel", draw([3, 2, 2, 2], 0, 4)],
  ["matrix", draw([3, 4], 100, 0.5)],
  ["bias", draw([4], 200, 2)],
]);
const weights = new Map<string, Pick<Gradient, "data">>([
  ["kernel", draw([3, 2, 2, 2], 300, 1)],
  ["matrix", { data: new Float64Array(12) }],
  ["bias", draw([4], 400, 1)],
]);
const by = (rule: ClipRule): ReadonlyMap<string, Gradient> => clipped(gradients, rule, weights);
const norm = (v: readonly number[]): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0));
const all = (g: ReadonlyMap<string, Gradient>): number[] => [...g.values()].flatMap((t) => Array.from(t.data));

describe("clipped", () => {
  it("leaves everything without a rule, and below the bound", () => {
    expect(all(by({ rule: "none" }))).toEqual(all(gradients));
    for (const rule of [
      { rule: "value", at: 1e3 },
      { rule: "global", norm: 1e3 },
      { rule: "layer", norm: 1e3 },
      { rule: "adaptive", lambda: 1e6 },
    ] as const)
      expect(all(by(rule))).toEqual(all(gradients));
  });

  it("by value bounds each element", () => {
    all(by({ rule: "value", at: 0.3 })).forEach((v, i) => expect(v).toBe(Math.max(-0.3, Math.min(0.3, all(gradients)[i]!))));
  });

  it("by global norm turns nothing: one factor for all", () => {
    const after = all(by({ rule: "global", norm: 0.1 }));
    const factor = 0.1 / norm(all(gradients));
    after.forEach((v, i) => expect(v).toBeCloseTo(factor * all(gradients)[i]!, 12));
    expect(globalNorm(by({ rule: "global", norm: 0.1 }))).toBeCloseTo(0.1, 12);
  });

  it("by layer bounds the norm of each parameter", () => {
    for (const [name, g] of by({ rule: "layer", norm: 3 })) {
      const before = Array.from(gradients.get(name)!.data);
      expect(norm(Array.from(g.data))).toBeCloseTo(Math.min(3, norm(before)), 12);
    }
  });

  it("adaptively bounds each unit's row by λ·max(‖w‖, ε); a vector is one unit", () => {
    const after = by({ rule: "adaptive", lambda: 0.01 });
    for (const [name, units] of [
      ["kernel", 3],
      ["matrix", 3],
      ["bias", 1],
    ] as const) {
      const [g, before, w] = [after.get(name)!.data, gradients.get(name)!.data, weights.get(name)!.data].map((v) => Array.from(v)) as [
        number[],
        number[],
        number[],
      ];
      const size = g.length / units;
      for (let u = 0; u < units; u++) {
        const row = (v: readonly number[]): number[] => v.slice(u * size, (u + 1) * size);
        const bound = 0.01 * Math.max(norm(row(w)), 1e-3);
        const factor = Math.min(1, bound / norm(row(before)));
        row(g).forEach((v, i) => expect(v).toBeCloseTo(factor * row(before)[i]!, 14));
      }
    }
    expect(norm(Array.from(after.get("matrix")!.data))).toBeCloseTo(Math.sqrt(3) * 1e-5, 14);
  });

  it("takes norms of numbers whose squares leave the range", () => {
    expect(euclideanNorm([3e200, 4e200])).toBeCloseTo(5e200, -190);
    expect(euclideanNorm([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 12);
    expect(euclideanNorm([])).toBe(0);
  });
});
