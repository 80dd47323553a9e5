import { describe, expect, it } from "vitest";
import { incompleteBeta, logGamma, studentQuantile, studentTail } from "../../src/math/special-functions.js";
import { mean, quantile, standardError, studentInterval, variance } from "../../src/math/statistics.js";

describe("special functions", () => {
  it("ln Γ at factorials and halves", () => {
    let factorial = 0;
    for (let n = 1; n < 40; n++) {
      expect(logGamma(n)).toBeCloseTo(factorial, 12);
      factorial += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
    expect(logGamma(1e-3)).toBeCloseTo(6.907178885383853, 12);
  });

  it("the incomplete beta function in closed forms", () => {
    for (const x of [0.01, 0.2, 0.5, 0.77, 0.999]) {
      expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 14);
      expect(incompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 14);
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
      expect(incompleteBeta(x, 4, 7) + incompleteBeta(1 - x, 7, 4)).toBeCloseTo(1, 13);
    }
  });

  it("Student's quantiles", () => {
    // df = 1 is Cauchy, df = 2 has t = (2p − 1)·√(2/(4p(1 − p))); the others are in every table.
    for (const p of [0.6, 0.9, 0.975, 0.9999]) {
      expect(studentQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 10);
      expect(studentQuantile(p, 2) / ((2 * p - 1) * Math.sqrt(1 / (2 * p * (1 - p))))).toBeCloseTo(1, 10);
    }
    expect(studentQuantile(0.975, 7)).toBeCloseTo(2.364624, 6);
    expect(studentQuantile(0.025, 49)).toBeCloseTo(-2.009575, 6);
    expect(studentQuantile(0.975, 1e6)).toBeCloseTo(1.959966, 5);
    expect(studentTail(0, 5)).toBe(0.5);
  });
});

describe("statistics", () => {
  it("of a few values", () => {
    expect([mean([1, 2, 6]), variance([1, 2, 6]), standardError([1, 2, 6])]).toEqual([3, 7, Math.sqrt(7 / 3)]);
    expect([0, 0.25, 0.5, 1].map((p) => quantile([1, 2, 4], p))).toEqual([1, 1.5, 2, 4]);
    expect(studentInterval([1])).toBeNull();
    expect(studentInterval([1, 3])!.high).toBeCloseTo(2 + 12.7062047, 6);
  });
});
