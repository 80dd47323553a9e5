import { describe, expect, it } from "vitest";
import { equivalence, marginOf, seedsFor, sideOf } from "../../src/math/equivalence.js";
import { differenceOf, estimate, simultaneousLevel, slopeOf } from "../../src/math/estimate.js";
import type { Estimate } from "../../src/math/estimate.js";
import { stream } from "../../src/util/random.js";

/** How many claims are judged together. */
const COMPARISONS = 27;

/** Draws `count` samples of `n` values, and the share of them for which `test` holds. */
function rate(
  count: number,
  n: number,
  value: (z: (k: number) => number) => number,
  test: (values: number[]) => boolean,
  name = "samples",
  stride = 1,
): number {
  const random = stream(20, name);
  let hits = 0;
  for (let s = 0; s < count; s++) {
    const values = Array.from({ length: n }, (_, i) => value((k) => random.normal((s * n + i) * stride + k)));
    if (test(values)) hits++;
  }
  return hits / count;
}

/** The largest rate that `count` samples of truth `p` show but once in a thousand times. */
const atMost = (p: number, count: number): number => p + 3.1 * Math.sqrt((p * (1 - p)) / count);
const holds = (e: Estimate, truth: number): boolean => e.low <= truth && truth <= e.high;

describe("an interval of a mean", () => {
  it("is Student's: textbook figures", () => {
    // x̄ = 3, s = √2.5, t(.975, 4) = 2.776445.
    const e = estimate([1, 2, 3, 4, 5]);
    expect(e.low).toBeCloseTo(3 - (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
    expect(e.high).toBeCloseTo(3 + (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
    expect(e).toMatchObject({ seeds: 5, level: 0.95, method: "student" });
    expect(simultaneousLevel(COMPARISONS)).toBeCloseTo(1 - 0.05 / 27, 12);
  });

  it("misses at its nominal rate, alone and among others, with 5 and 20 seeds", () => {
    for (const n of [5, 20]) {
      for (const comparisons of [1, COMPARISONS]) {
        const count = comparisons === 1 ? 4000 : 20_000;
        const miss = rate(
          count,
          n,
          (z) => 3 + 2 * z(0),
          (v) => !holds(estimate(v, { comparisons }), 3),
          `student/${n}`,
        );
        const nominal = 0.05 / comparisons;
        expect(miss, `${n} seeds, ${comparisons} comparisons`).toBeLessThan(atMost(nominal, count));
        expect(miss, `${n} seeds, ${comparisons} comparisons`).toBeGreaterThan(nominal - 3.1 * Math.sqrt(nominal / count) - 1e-4);
      }
    }
  });

  it("misses at most at its nominal rate on what gradients are like: ln of products of chi-squares", () => {
    // ln of a product of 20 factors χ²(8)/8; E ln χ²(8) = ψ(4) + ln 2.
    const truth = 20 * (1.2561176684318 + Math.LN2 - Math.log(8));
    const draws = (z: (k: number) => number): number => {
      let ln = 0;
      for (let l = 0; l < 20; l++) {
        let square = 0;
        for (let k = 0; k < 8; k++) square += z(8 * l + k) ** 2;
        ln += Math.log(square / 8);
      }
      return ln;
    };
    const count = 1500;
    const miss = rate(count, 20, draws, (v) => !holds(estimate(v), truth), "products", 160);
    expect(miss).toBeLessThan(atMost(0.05, count));
  });

  it("by bootstrap-t keeps its rate on skew values, where Student's does not", () => {
    // (z² + z²)/2 is exponential with mean 1.
    const count = 600;
    const skew = (z: (k: number) => number): number => (z(0) ** 2 + z(1) ** 2) / 2;
    const miss = (method: "student" | "bootstrap-t"): number => rate(count, 20, skew, (v) => !holds(estimate(v, { method }), 1), "skew", 2);
    expect(miss("bootstrap-t")).toBeLessThan(atMost(0.05, count));
    expect(miss("student")).toBeGreaterThan(miss("bootstrap-t"));
    const normal = rate(
      count,
      20,
      (z) => z(0),
      (v) => !holds(estimate(v, { method: "bootstrap-t" }), 0),
      "normal",
    );
    expect(normal).toBeLessThan(atMost(0.05, count));
  });

  it("is unbounded where nothing bounds it, and never decides there", () => {
    for (const values of [[], [1], [1, 2, NaN], [1, -Infinity, 3]]) {
      const e = estimate(values);
      expect([e.low, e.high]).toEqual([-Infinity, Infinity]);
      expect(equivalence(e, 1, 1e6)).toBe("undecided");
      expect(sideOf(e, 0)).toBe("undecided");
    }
    expect(estimate([2, 2, 2])).toMatchObject({ value: 2, low: 2, high: 2 });
    expect(estimate([2, 2, 3, 3, 2, 3, 2, 2, 3, 2, 3, 3, 2, 3], { method: "bootstrap-t", comparisons: COMPARISONS }).low).toBeGreaterThan(1);
  });

  it("of a difference is Welch's, and misses at its nominal rate where the spreads differ", () => {
    // Welch's own kind of case: s² = 2.5 and 10 of 5 each: df = (.5 + 2)²/(.25/4 + 4/4) = 5.882.
    const e = differenceOf([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]);
    expect(e.value).toBe(-3);
    expect((e.high - e.low) / 2 / Math.sqrt(2.5)).toBeCloseTo(2.4589, 3);
    const count = 4000;
    const miss = rate(
      count,
      25,
      (z) => z(0),
      (v) =>
        !holds(
          differenceOf(
            v.slice(0, 5),
            v.slice(5).map((x) => 6 * x + 1),
          ),
          -1,
        ),
      "welch",
    );
    expect(miss).toBeLessThan(atMost(0.05, count) + 0.005);
  });

  it("of a slope is over seeds", () => {
    const rows = [1, 2, 3].map((a) => [10, 20, 40].map((x) => a * x + 7));
    const slope = slopeOf([10, 20, 40], rows);
    expect(slope.value).toBeCloseTo(2, 12);
    expect(slope.seeds).toBe(3);
    expect(slope.high - slope.low).toBeCloseTo(2 * 4.302653 * Math.sqrt(1 / 3), 5);
  });
});

describe("equivalence on a total", () => {
  it("has the margin of the protocol", () => {
    expect(marginOf({ layers: 10, lnRate: 0 })).toBe(0.1);
    expect(marginOf({ layers: 100, lnRate: Math.LN2 })).toBeCloseTo(2 * Math.LN2);
    expect(marginOf({ layers: 100, lnRate: -Math.LN2 })).toBeCloseTo(2 * Math.LN2);
    expect(marginOf({ layers: 10, lnRate: 0, band: 0.7 })).toBe(0.7);
  });

  const e = (low: number, high: number): Estimate => ({ value: (low + high) / 2, low, high, seeds: 20, level: 0.95, method: "student" });
  it("decides by the whole interval", () => {
    expect(equivalence(e(-0.1, 0.2), 0, 0.2)).toBe("equal");
    expect(equivalence(e(-0.1, 0.21), 0, 0.2)).toBe("undecided");
    expect(equivalence(e(0.1, 0.5), 0, 0.2)).toBe("undecided");
    expect(equivalence(e(0.21, 0.5), 0, 0.2)).toBe("different");
    expect(equivalence(e(-0.5, -0.21), 0, 0.2)).toBe("different");
    expect(sideOf(e(0.1, 0.2), 0)).toBe("above");
    expect(sideOf(e(-0.2, -0.1), 0)).toBe("below");
    expect(sideOf(e(-0.2, 0.1), 0)).toBe("undecided");
  });

  // ln of the total of a bare skip net of L = 50 blocks, 2^L; its sd over seeds as β = Σ1/n has it at n = 100.
  const [truth, sd, seeds] = [50 * Math.LN2, Math.sqrt(5 * 0.5), 20];
  const margin = marginOf({ layers: 50, lnRate: Math.LN2 });
  const verdicts = (offset: number, comparisons: number, count: number, n = seeds): Record<string, number> => {
    const found: Record<string, number> = { equal: 0, different: 0, undecided: 0 };
    rate(
      count,
      n,
      (z) => truth + offset + sd * z(0),
      (v) => {
        const verdict = equivalence(estimate(v, { comparisons }), truth, margin);
        found[verdict] = found[verdict]! + 1 / count;
        return true;
      },
      "totals",
    );
    return found;
  };

  it("calls a truth at the margin equal, or different, in at most 2.5 % of runs", () => {
    const count = 4000;
    for (const side of [-1, 1]) {
      const at = verdicts(side * margin, 1, count);
      expect(at["equal"]!).toBeLessThan(atMost(0.025, count));
      expect(at["different"]!).toBeLessThan(atMost(0.025, count));
      const beyond = verdicts(side * 1.2 * margin, 1, count);
      expect(beyond["equal"]!).toBeLessThan(0.02);
      const within = verdicts(side * 0.8 * margin, 1, count);
      expect(within["different"]!).toBeLessThan(0.02);
    }
  });

  it("makes no false verdict among many, and has the seeds it needs to reach one", () => {
    const count = 2000;
    const enough = seedsFor({ deviation: sd, margin, comparisons: COMPARISONS });
    const right = verdicts(0, COMPARISONS, count, enough);
    expect(right["different"]!).toBe(0);
    expect(right["equal"]!).toBeGreaterThan(0.98);
    // With the protocol's 20 seeds no interval of this spread is as narrow as the margin: nothing is called equal, nor anything different.
    expect(verdicts(0, COMPARISONS, count)["undecided"]!).toBeGreaterThan(0.98);
    const wrong = verdicts(3 * margin, COMPARISONS, count, enough);
    expect(wrong["different"]!).toBeGreaterThan(0.99);
    expect(wrong["equal"]!).toBe(0);
  });
});
