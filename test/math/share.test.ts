import { describe, expect, it } from "vitest";
import { share, shareDifference } from "../../src/math/share.js";

describe("share", () => {
  it("solves Wilson's equation |k/n − p| = z·√(p(1 − p)/n)", () => {
    const z = 1.959963984540054;
    for (const [of, among] of [
      [1, 10],
      [56, 70],
      [48, 80],
      [5, 24],
    ] as const) {
      const { value, low, high, seeds, method } = share({ of, among });
      expect(value).toBe(of / among);
      expect([seeds, method]).toEqual([among, "score"]);
      for (const p of [low, high]) expect(Math.abs(value - p)).toBeCloseTo(z * Math.sqrt((p * (1 - p)) / among), 6);
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });

  it("has an interval where nothing or everything counts", () => {
    const none = share({ of: 0, among: 24 });
    expect([none.value, none.low]).toEqual([0, 0]);
    expect(none.high).toBeCloseTo(1.959963984540054 ** 2 / (24 + 1.959963984540054 ** 2), 6);
    const all = share({ of: 24, among: 24 });
    expect([all.value, all.high]).toEqual([1, 1]);
    expect(all.low).toBeCloseTo(1 - none.high, 12);
  });

  it("widens with the number of comparisons, and refuses what is no share", () => {
    expect(share({ of: 0, among: 24 }, { comparisons: 26 }).high).toBeGreaterThan(share({ of: 0, among: 24 }).high);
    expect(() => share({ of: 3, among: 2 })).toThrow(/no share/);
  });
});

describe("shareDifference", () => {
  it("is Newcombe's: 56/70 less 48/80 gives .0524 to .3339 (Newcombe 1998, table II)", () => {
    const d = shareDifference({ of: 56, among: 70 }, { of: 48, among: 80 });
    expect(d.value).toBeCloseTo(0.2, 12);
    expect(d.low).toBeCloseTo(0.0524, 4);
    expect(d.high).toBeCloseTo(0.3339, 4);
  });

  it("covers the truth as often as it says, by exact enumeration", () => {
    const binomial = (n: number, p: number): number[] => {
      const out = [(1 - p) ** n];
      for (let k = 1; k <= n; k++) out.push((out[k - 1]! * (n - k + 1) * p) / (k * (1 - p)));
      return out;
    };
    const [n, m, p, q] = [30, 30, 0.3, 0.1];
    const [a, b] = [binomial(n, p), binomial(m, q)];
    let covered = 0;
    for (let i = 0; i <= n; i++)
      for (let j = 0; j <= m; j++) {
        const d = shareDifference({ of: i, among: n }, { of: j, among: m });
        if (d.low <= p - q && p - q <= d.high) covered += a[i]! * b[j]!;
      }
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.98);
  });
});
