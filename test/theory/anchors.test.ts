import { describe, expect, it } from "vitest";
import { activation } from "../../src/theory/activation.js";
import { correlationMap, lengthMap } from "../../src/theory/fixed-point.js";
import { phaseOf } from "../../src/theory/phase.js";
import { ANCHORS, holds, truth } from "./anchors.js";

// Laws at the sizes that docs/laws.md states, against PyTorch's numbers: 10^15 and 10^30, polynomial exponents up to L = 200, exp(√L), norms, Highway, depth scales.

describe.each([...new Set(ANCHORS.map((a) => a.law))])("%s", (law) => {
  const own = ANCHORS.filter((a) => a.law === law);

  it("is what PyTorch measures, within four standard errors and its own band", () => {
    for (const a of own) {
      expect(holds(a), `${a.net}, ${a.what}: measured ${a.measured.value} ± ${a.measured.error}, law ${a.predicted} ± ${a.band}`).toBe(true);
      // A law that cannot fail says nothing.
      expect(a.band, a.net).toBeLessThan(0.1 + 0.12 * Math.abs(a.predicted) + (a.what === "ln G" ? 0.4 : 0));
    }
  });

  it("would not be, were its logarithms an eighth larger", () => {
    const large = own.filter((a) => Math.abs(a.predicted) > 1 && a.what === "ln G");
    for (const a of large) {
      const shift = Math.abs(a.predicted) / 8;
      if (shift > 4 * a.measured.error + 2 * a.band) expect(holds({ ...a, predicted: a.predicted * 1.125 }), a.net).toBe(false);
    }
    expect(ANCHORS.filter((a) => holds({ ...a, predicted: a.predicted * 1.125 })).length).toBeLessThan(ANCHORS.length / 3);
  });
});

describe("Highway", () => {
  it("leaves the formula that was recalled, ((1−T)² + T²χ)^L, behind at depth, and keeps it at small depth over width", () => {
    const rows = ANCHORS.filter((a) => a.law === "Highway");
    const off = rows.map((a) => Math.abs(a.measured.value - Number(a.recalled!.replace("−", "-"))) - 4 * a.measured.error);
    expect(off.filter((d) => d > 1).length).toBe(6);
    expect(off.slice(0, 2).every((d) => d < 0.05)).toBe(true);
  });
});

describe("correlation of two examples", () => {
  const tanh = activation("tanh");
  const cases = Object.entries(truth.correlations);

  it("follows its map layer by layer, in order and in chaos", () => {
    expect(cases.length).toBe(4);
    for (const [name, { mean, error }] of cases) {
      const [sigmaW2, from] = [Number(/σ_w²=([\d.]+)/.exec(name)![1]), Number(/from ([\d.]+)/.exec(name)![1])];
      const e = { phi: tanh, sigmaW2, sigmaB2: 0.05 };
      let [q, c] = [sigmaW2 + 0.05, (sigmaW2 * from + 0.05) / (sigmaW2 + 0.05)];
      mean.forEach((measured, l) => {
        expect(Math.abs(measured - c), `${name}, layer ${l}: ${measured} against ${c}`).toBeLessThan(4 * error[l]! + 0.012);
        [q, c] = [lengthMap(e, q), correlationMap(e, q, c)];
      });
    }
  });

  it("comes to its fixed point at the depth scale ξ that is computed", () => {
    for (const [name, { mean }] of cases) {
      const sigmaW2 = Number(/σ_w²=([\d.]+)/.exec(name)![1]);
      const e = { phi: tanh, sigmaW2, sigmaB2: 0.05 };
      const p = phaseOf(e);
      if (p.phase !== "ordered") continue;
      // ln(1 − c) falls by 1/ξ a layer; behind the first layers, before fluctuations take over.
      const [from, to] = sigmaW2 < 1.2 ? [3, 8] : sigmaW2 < 1.4 ? [8, 20] : [16, 36];
      const rate = (Math.log(1 - mean[from]!) - Math.log(1 - mean[to]!)) / (to - from);
      expect(Math.abs(rate * p.xiC! - 1), `${name}: ${1 / rate} against ${p.xiC}`).toBeLessThan(0.13);
    }
  });
});
