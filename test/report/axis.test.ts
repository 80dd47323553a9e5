import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decadesOf, linearTicks, logTicks, rangeOf, ticks, wholeTicks } from "../../src/report/axis.js";
import { thin, thinBand } from "../../src/report/curves.js";

const domains = fc
  .tuple(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
  .map(([low, span]) => ({ low, high: low + span }));

describe("axes", () => {
  it("have round ticks inside, evenly spaced, never more than asked for", () => {
    fc.assert(
      fc.property(domains, fc.integer({ min: 2, max: 12 }), (domain, most) => {
        for (const found of [ticks(domain, most), wholeTicks(domain, most)]) {
          expect(found.length).toBeLessThanOrEqual(most);
          const steps = found.slice(1).map((t, i) => t - found[i]!);
          for (const t of found) expect(t >= domain.low && t <= domain.high).toBe(true);
          for (const s of steps) expect(s / steps[0]!).toBeCloseTo(1, 6);
          if (steps.length > 0)
            expect([1, 2, 5, 10].some((k) => Math.abs(k - steps[0]! / 10 ** Math.floor(Math.log10(steps[0]! * 1.000001))) < 1e-4)).toBe(true);
        }
        expect(wholeTicks(domain, most).every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it("have at least two ticks wherever two round numbers fit", () => {
    for (const most of [3, 5, 8, 10]) {
      for (let high = 2; high < 3000; high = Math.ceil(high * 1.3))
        expect(wholeTicks({ low: 0, high }, most).length, `${high} in ${most}`).toBeGreaterThanOrEqual(2);
    }
  });

  it("are labelled in decades, with 2 and 5 between where there are few", () => {
    expect(logTicks({ low: -0.1, high: 1.1 }, 8).map((t) => t.label)).toEqual(["1", "2", "5", "10"]);
    expect(logTicks({ low: -5.2, high: -4 }, 8).map((t) => t.label)).toEqual(["10⁻⁵", "2×10⁻⁵", "5×10⁻⁵", "10⁻⁴"]);
    expect(logTicks({ low: -1, high: 530 }, 8).map((t) => t.label)).toEqual(["1", "10¹⁰⁰", "10²⁰⁰", "10³⁰⁰", "10⁴⁰⁰", "10⁵⁰⁰"]);
    expect(linearTicks({ low: -0.02, high: 1.03 }, 6).map((t) => t.label)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    expect(linearTicks({ low: -1, high: 0 }, 3).map((t) => t.label)).toEqual(["−1", "−0.5", "0"]);
  });

  it("hold their values with air, and are wide enough that what is flat looks flat", () => {
    expect(rangeOf([])).toBeUndefined();
    expect(rangeOf([3, -1, 2])).toEqual({ low: -1, high: 3 });
    const flat = decadesOf([1, 1.01]);
    expect(flat.high - flat.low).toBeCloseTo(2.2, 10);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -600, max: 600, noNaN: true }), { minLength: 1 }), (values) => {
        const { low, high } = decadesOf(values);
        expect(values.every((v) => v > low && v < high)).toBe(true);
      }),
    );
  });
});

describe("curves of many points", () => {
  const piece = Array.from({ length: 5000 }, (_, x) => ({ x, y: x === 3333 ? 50 : x === 1234 ? -50 : Math.sin(x / 90) }));

  it("keep both ends, the highest and the lowest, in order", () => {
    const kept = thin(piece, 320);
    expect(kept.length).toBeLessThanOrEqual(320);
    expect([kept[0]!.x, kept.at(-1)!.x]).toEqual([0, 4999]);
    expect([Math.max(...kept.map((p) => p.y)), Math.min(...kept.map((p) => p.y))]).toEqual([50, -50]);
    expect(kept.every((p, i) => i === 0 || p.x > kept[i - 1]!.x)).toBe(true);
    expect(thin(piece.slice(0, 100), 320)).toHaveLength(100);
  });

  it("keep a band at its widest", () => {
    const band = thinBand(
      piece.map(({ x, y }) => ({ x, low: y - 1, high: y + 1 })),
      100,
    );
    expect(band).toHaveLength(100);
    expect([Math.min(...band.map((b) => b.low)), Math.max(...band.map((b) => b.high))]).toEqual([-51, 51]);
  });
});
