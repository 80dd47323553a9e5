import { describe, expect, it } from "vitest";
import { leastSquares } from "../../src/math/least-squares.js";
import { stream } from "../../src/util/random.js";

type Rows = readonly Float64Array[];
const drawn = (rows: number, columns: number, name: string): Rows => {
  const random = stream(5, name);
  return Array.from({ length: rows }, (_, i) => Float64Array.from({ length: columns }, (_v, j) => random.normal(i * columns + j)));
};
const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => Float64Array.from({ length: b[0]!.length }, (_, k) => row.reduce((s, v, j) => s + v * b[j]![k]!, 0)));
const largestDifference = (a: Rows, b: Rows): number => Math.max(...a.flatMap((row, i) => Array.from(row, (v, j) => Math.abs(v - b[i]![j]!))));

describe("leastSquares", () => {
  it("finds the coefficients that made the targets", () => {
    const [phi, v] = [drawn(40, 6, "phi"), drawn(6, 3, "v")];
    expect(largestDifference(leastSquares(phi, times(phi, v))!, v)).toBeLessThan(1e-13);
  });

  it("leaves residuals that are orthogonal to every feature", () => {
    const [phi, y] = [drawn(40, 6, "phi"), drawn(40, 2, "y")];
    const fitted = times(phi, leastSquares(phi, y)!);
    for (let j = 0; j < 6; j++)
      for (let k = 0; k < 2; k++) {
        const inner = phi.reduce((s, row, i) => s + row[j]! * (y[i]![k]! - fitted[i]![k]!), 0);
        expect(Math.abs(inner)).toBeLessThan(1e-12);
      }
  });

  it("keeps its accuracy where features are nearly parallel: the condition number enters once, not squared", () => {
    const base = drawn(96, 1, "base");
    const phi = drawn(96, 8, "phi").map((row, i) => row.map((v) => Math.round(8 * v) + 2 ** 16 * Math.round(8 * base[i]![0]!)));
    const v = drawn(8, 3, "v").map((row) => row.map((c) => Math.round(8 * c)));
    // Whole numbers: the targets are exact. The condition number is about 1e5, its square would leave six digits.
    expect(largestDifference(leastSquares(phi, times(phi, v))!, v)).toBeLessThan(1e-8);
  });

  it("gives a feature that never fires no weight, and shares it between two that are equal", () => {
    const phi = drawn(30, 2, "phi").map((row) => Float64Array.of(row[0]!, 0, row[1]!, row[1]!));
    const y = phi.map((row) => Float64Array.of(3 * row[0]! + 4 * row[2]!));
    const v = leastSquares(phi, y)!.map((row) => row[0]!);
    [3, 0, 2, 2].forEach((expected, j) => expect(v[j]).toBeCloseTo(expected, 5));
  });

  it("has no answer for features that are all zero, or not finite", () => {
    expect(leastSquares([Float64Array.of(0), Float64Array.of(0)], [Float64Array.of(1), Float64Array.of(2)])).toBeUndefined();
    expect(leastSquares([Float64Array.of(NaN), Float64Array.of(1)], [Float64Array.of(1), Float64Array.of(2)])).toBeUndefined();
  });
});
