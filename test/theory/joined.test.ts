import { describe, expect, it } from "vitest";
import { joinedLaw } from "../../src/theory/laws/joined.js";
import type { JoinedLayer } from "../../src/theory/laws/joined.js";
import { stream } from "../../src/util/random.js";
import { mean, variance } from "../../src/math/statistics.js";

/** ln ‖dx‖²/‖g‖² by plain loops: W [out, fan-in] drawn, g [out] drawn, dx the part of Wᵀg that belongs to the last value. */
function simulated({ join, values, features, init }: JoinedLayer, out: number, seed: number): number {
  const fanIn = join === "concat" ? values * features : features;
  const deviation = "std" in init ? init.std : Math.sqrt(init.weightVariance / fanIn);
  const [w, g] = [stream(seed, "w"), stream(seed, "g")];
  const first = join === "concat" ? (values - 1) * features : 0;
  let [squares, whole] = [0, 0];
  for (let i = 0; i < features; i++) {
    let dx = 0;
    for (let o = 0; o < out; o++) dx += deviation * w.normal(o * fanIn + first + i) * g.normal(o);
    squares += (join === "mean" ? dx / values : dx) ** 2;
  }
  for (let o = 0; o < out; o++) whole += g.normal(o) ** 2;
  return Math.log(squares / whole);
}

describe("a layer that takes joined values", () => {
  const he = { weightVariance: 2 };
  const layers: readonly JoinedLayer[] = [
    { join: "concat", values: 4, features: 20, init: he },
    { join: "concat", values: 4, features: 20, init: { std: 0.3 } },
    { join: "add", values: 4, features: 20, init: he },
    { join: "mean", values: 3, features: 20, init: he },
  ];
  it.each(layers.map((l) => [`${l.join}, ${JSON.stringify(l.init)}`, l] as const))("%s: mean and spread of the logarithm", (_, layer) => {
    const draws = Array.from({ length: 600 }, (__, seed) => simulated(layer, 35, seed));
    const law = joinedLaw(layer);
    expect(Math.abs(mean(draws) - law.meanLn)).toBeLessThan(4 * Math.sqrt(variance(draws) / draws.length) + 1 / layer.features ** 2);
    expect(Math.sqrt(variance(draws)) / law.sdLn!).toBeGreaterThan(0.85);
    expect(Math.sqrt(variance(draws)) / law.sdLn!).toBeLessThan(1.2);
    expect(Math.abs(Math.log(mean(draws.map(Math.exp))) - law.lnExpected)).toBeLessThan(0.06);
  });

  it("is divided by the number of values side by side with a fan-in initialisation, and by nothing else", () => {
    const at = (values: number, join: JoinedLayer["join"], init: JoinedLayer["init"]): number =>
      joinedLaw({ join, values, features: 100, init }).lnExpected;
    for (const k of [1, 2, 4, 10]) {
      expect(Math.exp(at(k, "concat", he))).toBeCloseTo(2 / k, 12);
      expect(Math.exp(at(k, "concat", { std: Math.SQRT2 / 10 }))).toBeCloseTo(2, 12);
      expect(Math.exp(at(k, "add", he))).toBeCloseTo(2, 12);
    }
  });
});
