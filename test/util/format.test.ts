import { describe, expect, it } from "vitest";
import { change, decimals, exact, factor, level, magnitude, number, ordinal, percent, plural, power, roughCount } from "../../src/util/format.js";

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
    expect(values.map((v) => change(v))).toEqual(["+0.12", "-0.50", "-1.3", "+10", "+12", "-0.00", "–", "-∞"]);
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
