import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimals, exact, factor, list, magnitude, number, percent, plural, powerOfTen, rate, sentences } from "../../src/util/format.js";

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
    expect([rate(1.4673), rate(0.8571), rate(3.1e5)]).toEqual(["1.467", "0.857", "3.1e5"]);
    expect([0.0001, 0.049, 0.5, 1, 0.9999].map((v) => percent(v))).toEqual(["<0.1 %", "4.9 %", "50 %", "100 %", ">99.9 %"]);
    expect([decimals(0.98049, 3), decimals(-0.01, 2, "page")]).toEqual(["0.980", "−0.01"]);
  });
});

it("lists, plurals and sentences", () => {
  expect(list(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
  expect([plural(1, "block"), plural(1234, "block")]).toEqual(["1 block", "1,234 blocks"]);
  expect(sentences("One.", "", "Two.")).toBe("One. Two.");
});
