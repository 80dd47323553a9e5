import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  change,
  decimals,
  duration,
  exact,
  factor,
  inflect,
  level,
  list,
  magnitude,
  magnitudes,
  number,
  ordinal,
  percent,
  plural,
  power,
  powerOfTen,
  rate,
  roughCount,
  roughDuration,
  sentences,
} from "../../src/util/format.js";

describe("measured numbers", () => {
  it("have three figures, two where they need a power of ten, and no digits beyond a hundred of them", () => {
    const texts = [0.00123, 0.5, 2, 108, 1236, 3.1e5, 1e-9, 1e99].map((v) => magnitude(Math.log(v)));
    expect(texts).toEqual(["0.00123", "0.500", "2.00", "108", "1236", "3.1e5", "1.0e-9", "1.0e99"]);
    expect([magnitude(1200), magnitude(-1200), magnitude(-Infinity), magnitude(Infinity), magnitude(NaN), magnitude(null)]).toEqual([
      "10^521",
      "10^-521",
      "0",
      "infinity",
      "NaN",
      "–",
    ]);
    expect([number(-2), number(0), number(-3.1e5), factor(Math.log(108))]).toEqual(["-2.00", "0", "-3.1e5", "×108"]);
  });

  it("have one form within a sentence", () => {
    const lns = [3.1e99, 2, 1e-5].map(Math.log);
    expect(magnitudes([...lns, 232.6])).toEqual(["10^99", "2.00", "10^-5", "10^101"]);
    expect(magnitudes([...lns, -Infinity, Infinity, NaN])).toEqual(["3.1e99", "2.00", "1.0e-5", "0", "infinity", "NaN"]);
    expect(magnitudes([Math.log(3.1e99), 1200], "page")).toEqual(["10⁹⁹", "10⁵²¹"]);
  });

  it("have typography on pages", () => {
    expect([magnitude(Math.log(3.1e5), "page"), magnitude(1200, "page"), number(-2, "page"), powerOfTen(-7, "page")]).toEqual([
      "3.1×10⁵",
      "10⁵²¹",
      "−2.00",
      "10⁻⁷",
    ]);
  });

  it("read back within half a unit of the last figure", () => {
    fc.assert(
      fc.property(fc.double({ min: -200, max: 200, noNaN: true }), (ln) => Math.abs(Math.log(Number(magnitude(ln))) - ln) <= Math.log1p(0.0505)),
    );
    fc.assert(
      fc.property(
        fc.double({ min: Math.log(1e-3), max: Math.log(1e4), noNaN: true }),
        (ln) => Math.abs(Number(magnitude(ln)) / Math.exp(ln) - 1) <= 0.00501,
      ),
    );
  });
});

describe("other numbers", () => {
  it("are written as they were chosen", () => {
    expect([0.05, 2.5, 1000, 65536, 1e-7, 0.0001, 16777216, -3, 0].map((v) => exact(v))).toEqual([
      "0.05",
      "2.5",
      "1000",
      "65536",
      "1e-7",
      "0.0001",
      "16777216",
      "-3",
      "0",
    ]);
    expect([exact(1e-7, "page"), exact(-3, "page"), exact(1e30), exact(Infinity)]).toEqual(["1×10⁻⁷", "−3", "1e30", "infinity"]);
    fc.assert(fc.property(fc.integer(), (v) => Number(exact(v)) === v));
  });

  it("are rates, shares, and what is compared by its difference", () => {
    expect([rate(1.4673), rate(0.8571), rate(3.1e5)]).toEqual(["1.467", "0.8571", "3.1e5"]);
    expect([0.0001, 0.049, 0.5, 1, 0.9999].map((v) => percent(v))).toEqual(["<0.1 %", "4.9 %", "50 %", "100 %", ">99.9 %"]);
    expect([decimals(0.98049, 3), decimals(-0.01, 2, "page"), decimals(-0.001, 2)]).toEqual(["0.980", "−0.01", "0.00"]);
  });
});

it("lists, plurals and sentences", () => {
  expect([0, 1, 2].map((n) => inflect(n, "has", "have"))).toEqual(["have", "has", "have"]);
  expect(inflect(2, "block")).toBe("blocks");
  expect(list(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
  expect([plural(1, "block"), plural(1234, "block")]).toEqual(["1 block", "1,234 blocks"]);
  expect(sentences("One.", "", "Two.")).toBe("One. Two.");
});

describe("numbers for people", () => {
  it("have one form in texts and one on pages", () => {
    expect([number(1.3e5), number(1.3e5, "page")]).toEqual(["1.3e5", "1.3×10⁵"]);
    expect([number(-3.1e-5), number(-3.1e-5, "page")]).toEqual(["-3.1e-5", "−3.1×10⁻⁵"]);
    expect([magnitude(1200), magnitude(1200, "page")]).toEqual(["10^521", "10⁵²¹"]);
    expect([power(2, -26), power(2, -26, "page")]).toEqual(["2^-26", "2⁻²⁶"]);
    expect([exact(-0.05), exact(-0.05, "page")]).toEqual(["-0.05", "−0.05"]);
    expect([decimals(-1.25, 1), decimals(-1.25, 1, "page")]).toEqual(["-1.3", "−1.3"]);
    expect([percent(0.013), percent(0.013, "page")]).toEqual(["1.3 %", "1.3\u00a0%"]);
  });

  it("give factors a sign, and none to what is not finite", () => {
    expect([factor(Math.log(108)), factor(Math.log(108), "text", "÷")]).toEqual(["×108", "÷108"]);
    expect([factor(Infinity), factor(Infinity, "page"), factor(-Infinity), factor(NaN), factor(null)]).toEqual(["infinity", "∞", "0", "NaN", "–"]);
  });

  it("write a change in five characters", () => {
    const values = [0.123, -0.5, -1.25, 9.96, 12.3, -0.001, NaN, -Infinity];
    expect(values.map((v) => change(v))).toEqual(["+0.12", "-0.50", "-1.3", "+10", "+12", "0.00", "–", "-∞"]);
    expect(change(-0.5, "page")).toBe("−0.50");
    for (let v = -40; v < 40; v += 0.0371) expect(change(v).length).toBeLessThanOrEqual(5);
  });

  it("write levels, places in an order and counted nouns", () => {
    expect([level(0.95), level(1 - 0.05 / 26, "page"), level(0.999)]).toEqual(["95 %", "99.81\u00a0%", "99.9 %"]);
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual([
      "1st",
      "2nd",
      "3rd",
      "4th",
      "11th",
      "12th",
      "13th",
      "21st",
      "102nd",
      "111th",
    ]);
    expect([plural(1, "block"), plural(1234, "block"), plural(2, "branch", "branches")]).toEqual(["1 block", "1,234 blocks", "2 branches"]);
    expect(plural(25_600_000, "parameter", "parameters", roughCount)).toBe("25.6 M parameters");
  });
});

it("rounds first, and chooses the unit then", () => {
  expect([0.5, 9.97, 59.4, 59.7, 119.8, 3599, 3600, 5430].map(duration)).toEqual([
    "0.5 s",
    "10 s",
    "59 s",
    "1 min 0 s",
    "2 min 0 s",
    "59 min 59 s",
    "1 h 0 min",
    "1 h 31 min",
  ]);
  expect([0, 40.2, 89.6, 600, 5399, 5400].map(roughDuration)).toEqual(["1 s", "40 s", "1 min", "10 min", "1.5 h", "1.5 h"]);
  expect([999, 9999, 12_345, 999_999, 999_500_000, 25_600_000].map(roughCount)).toEqual(["999", "9,999", "12.3 k", "1 M", "1 G", "25.6 M"]);
  expect([rate(0.9996), rate(1.0004), percent(Infinity)]).toEqual(["0.9996", "1.000", "infinity"]);
});
