import { describe, expect, it } from "vitest";
import { stream } from "../../src/util/random.js";
import { rankCorrelation, ranks } from "../../src/math/rank-correlation.js";

describe("ranks", () => {
  it("are counted from 1, and shared by equal values", () => {
    expect(ranks([10, 30, 20])).toEqual([1, 3, 2]);
    expect(ranks([5, 1, 5, 5, 0])).toEqual([4, 2, 4, 4, 1]);
    expect(ranks([])).toEqual([]);
  });
});

describe("Spearman's correlation", () => {
  it("is 1 − 6Σd²/(n(n² − 1)) where no values are equal, whatever the scale", () => {
    const [xs, ys] = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 1, 4, 3, 7, 5, 6, 10, 8, 9]]; // prettier-ignore
    const d = xs.reduce((s, x, i) => s + (x - ys[i]!) ** 2, 0);
    const expected = 1 - (6 * d) / (10 * 99);
    expect(rankCorrelation(xs, ys).value).toBeCloseTo(expected, 12);
    expect(rankCorrelation(xs.map(Math.exp), ys.map((y) => -1 / y)).value).toBeCloseTo(expected, 12); // prettier-ignore
    expect(rankCorrelation(xs, ys.map((y) => -y)).value).toBeCloseTo(-expected, 12); // prettier-ignore
  });

  it("is 1 or −1 of monotone pairs, and not a number where a side does not vary", () => {
    expect(rankCorrelation([1, 2, 3, 4, 5], [0, 10, 11, 12, 99])).toMatchObject({ value: 1, low: 1, high: 1, seeds: 5 });
    expect(rankCorrelation([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]).value).toBeNaN();
    expect(rankCorrelation([1, 2, 3, 4, 5], [1, 2, NaN, 3, 4])).toMatchObject({ value: NaN, low: -Infinity, high: Infinity });
    expect(rankCorrelation([1, 2, 3], [1, 3, 2])).toMatchObject({ low: -1, high: 1 });
  });

  it.each([
    [12, 0],
    [25, 0.5],
    [40, 0.8],
  ])("has an interval that holds the truth of %i normal pairs of correlation %f in 95 of 100 draws", (n, rho) => {
    // Of a bivariate normal law Spearman's ρ is 6/π·asin(r/2).
    const truth = (6 / Math.PI) * Math.asin(rho / 2);
    const random = stream(4, `pairs/${n}`);
    const draws = 800;
    let held = 0;
    for (let k = 0; k < draws; k++) {
      const xs = Array.from({ length: n }, (_, i) => random.normal((k * n + i) * 2));
      const ys = xs.map((x, i) => rho * x + Math.sqrt(1 - rho ** 2) * random.normal((k * n + i) * 2 + 1));
      const { low, high } = rankCorrelation(xs, ys);
      if (low <= truth && truth <= high) held++;
    }
    expect(held / draws).toBeGreaterThan(0.93);
    expect(held / draws).toBeLessThan(0.985);
  });
});
