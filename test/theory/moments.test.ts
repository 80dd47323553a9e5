import { describe, expect, it } from "vitest";
import { ACTIVATIONS } from "../../src/nn/layers/activation.js";
import { ACTIVATION_NAMES, activation, activationOf, leaky, piecewiseLinear } from "../../src/theory/activation.js";
import type { Activation } from "../../src/theory/activation.js";
import { meanMoment, moments, slopeKurtosis, slopePair, squarePair, squareSlope } from "../../src/theory/moments.js";
import { gaussLegendre, integrate, normalExpectation, rootBetween } from "../../src/math/quadrature.js";
import { stream } from "../../src/util/random.js";

/** E[f(√q·z)] by the midpoint rule in u with a fixed fine step: no adaptivity, no panels, another rule. */
function midpoints(f: (u: number) => number, q: number): number {
  const s = Math.sqrt(q);
  const h = Math.min(s, 1) / 400;
  const steps = Math.ceil((12 * s) / h);
  let sum = 0;
  // Midpoints of cells that end at 0: a kink there costs nothing, one elsewhere h times its height.
  for (let i = -steps; i < steps; i++) {
    const at = (i + 0.5) * h;
    sum += f(at) * Math.exp((-at * at) / (2 * q));
  }
  return (sum * h) / Math.sqrt(2 * Math.PI * q);
}

const random = stream(3, "piecewise");
const zigzag = piecewiseLinear(
  Array.from({ length: 6 }, (_, i) => [i - 2.5 + 0.8 * random.uniform(i), random.normal(50 + i)] as const),
  random.normal(90),
  random.normal(91),
);

describe("quadrature", () => {
  it("has Gauss–Legendre rules that integrate polynomials of degree 2n − 1 exactly", () => {
    for (const n of [1, 2, 5, 12, 40]) {
      const { nodes, weights } = gaussLegendre(n);
      for (let d = 0; d < 2 * n; d++) {
        const sum = nodes.reduce((s, x, i) => s + weights[i]! * x ** d, 0);
        expect(sum).toBeCloseTo(d % 2 === 0 ? 2 / (d + 1) : 0, 12);
      }
    }
  });

  it("finds kinks and jumps that it is not told of", () => {
    expect(integrate((x) => Math.abs(x - Math.SQRT1_2), [-1, 2])).toBeCloseTo(((1 + Math.SQRT1_2) ** 2 + (2 - Math.SQRT1_2) ** 2) / 2, 12);
    expect(integrate((x) => (x > Math.LN2 ? 1 : 0), [0, 1])).toBeCloseTo(1 - Math.LN2, 7);
  });

  it("gives normal moments, and those of an exponential, at any mean and spread", () => {
    for (const sd of [1e-6, 0.3, 1, 50, 2e4]) {
      expect(normalExpectation((u) => u ** 4, { sd }) / sd ** 4).toBeCloseTo(3, 10);
      expect(normalExpectation((u) => u, { sd, mean: 7 })).toBeCloseTo(7, 9);
    }
    expect(normalExpectation((u) => Math.exp(2 * u), { sd: 2 }) / Math.exp(8)).toBeCloseTo(1, 10);
  });

  it("finds roots to rounding", () => {
    expect(rootBetween((x) => Math.cos(x) - x, 0, 1)).toBeCloseTo(0.7390851332151607, 13);
    expect(rootBetween((x) => x ** 9 - 1e-9, 0, 5)).toBeCloseTo(0.1, 10);
  });
});

describe("activations of the theory", () => {
  const all: readonly Activation[] = [...ACTIVATION_NAMES.map(activation), leaky(0.3), zigzag];

  it("have the derivative of φ, continuous or not, and their kinks declared", () => {
    for (const a of all) {
      for (let i = 0; i < 400; i++) {
        const x = -8 + i * 0.0401234;
        if (a.kinks.some((k) => Math.abs(k - x) < 1e-4)) continue;
        const h = 1e-5;
        const slope = (a.phi(x + h) - a.phi(x - h)) / (2 * h);
        expect(Math.abs(a.dphi(x) - slope), `${a.name} at ${x}`).toBeLessThan(1e-8 * (1 + Math.abs(slope)) + 1e-9);
      }
    }
  });

  it("are homogeneous where they say so, and nowhere else", () => {
    for (const a of all) {
      const bends = [-2, -0.7, 0.4, 3].some((x) => Math.abs(a.phi(2.5 * x) - 2.5 * a.phi(x)) > 1e-12);
      expect(bends, a.name).toBe(a.homogeneous !== true);
    }
  });

  it("are those that a network's spec may name", () => {
    for (const name of ACTIVATIONS) expect(activationOf(name).name).toBe(name);
    expect(activationOf({ name: "elu", alpha: 0.5 }).phi(-1)).toBeCloseTo(0.5 * Math.expm1(-1), 14);
    expect(activationOf({ name: "piecewise", points: [[0, 1]], before: 2, after: -1 }).phi(-3)).toBe(-5);
  });

  it("suggest the nearest name", () => {
    expect(() => activation("rellu")).toThrow(/did you mean "relu"/i);
  });

  it("have the moments that another rule gives, at small and large q", () => {
    for (const a of all) {
      for (const q of [0.01, 1, 30, 400]) {
        const m = moments(a, q);
        const close = (mine: number, f: (u: number) => number, what: string): void => {
          const other = midpoints(f, q);
          expect(Math.abs(mine - other), `${a.name} ${what} at q=${q}: ${mine} against ${other}`).toBeLessThan(
            a === zigzag || a.kinks.length > 1 ? 1e-2 * (0.1 + Math.abs(other)) : 1e-5 * (1e-3 + Math.abs(other)),
          );
        };
        close(m.square, (u) => a.phi(u) ** 2, "V");
        close(m.slope, (u) => a.dphi(u) ** 2, "slope");
        close(squareSlope(a, q) * q, (u) => a.phi(u) * a.dphi(u) * u, "dV/dq");
        close(m.mean + 1, (u) => a.phi(u) + 1, "mean");
      }
    }
  });
});

describe("moments in closed form", () => {
  it("tanh at large q: E[φ′²] → 4/3/√(2πq), where Gauss–Hermite fails", () => {
    const tanh = activation("tanh");
    const series = (q: number): number => {
      // ∫ sech⁴ = 4/3, ∫ u²·sech⁴ = (π² − 6)/9: the two leading terms in 1/q; the third is ∫ u⁴ sech⁴/(8q²) < .2/q².
      const first = 4 / 3;
      const second = (Math.PI ** 2 - 6) / 9;
      return (first - second / (2 * q)) / Math.sqrt(2 * Math.PI * q);
    };
    for (const q of [100, 400, 1e6]) expect(moments(tanh, q).slope / series(q)).toBeCloseTo(1, q < 1000 ? 4 : 8);
    // The trap itself: a rule with nodes in z of spacing .14, as 200-node Gauss–Hermite has near 0, is far off at q = 400.
    expect(moments(tanh, 400).slope).toBeCloseTo(0.0265854, 6);
  });

  it("sin: V = (1 − e^{−2q})/2, E[φ′²] = (1 + e^{−2q})/2, E[φφ] = e^{−q}·sinh(qc)", () => {
    const sin = activation("sin");
    for (const q of [0.1, 1, 9, 100, 1e4]) {
      expect(moments(sin, q).square).toBeCloseTo((1 - Math.exp(-2 * q)) / 2, 11);
      expect(moments(sin, q).slope).toBeCloseTo((1 + Math.exp(-2 * q)) / 2, 11);
    }
    for (const [q, c] of [
      [0.5, -0.6],
      [2, 0.4],
      [30, 0.99],
    ] as const) {
      const exact = (Math.exp(-q * (1 - c)) - Math.exp(-q * (1 + c))) / 2;
      expect(squarePair(sin, q, c)).toBeCloseTo(exact, 9);
      expect(slopePair(sin, q, c)).toBeCloseTo((Math.exp(-q * (1 - c)) + Math.exp(-q * (1 + c))) / 2, 9);
    }
  });

  it("ReLU: the arc-cosine kernels of orders 1 and 0 (Cho & Saul 2009)", () => {
    const relu = activation("relu");
    for (const c of [-0.99, -0.4, 0.01, 0.6, 0.999]) {
      const angle = Math.acos(c);
      expect(squarePair(relu, 3, c)).toBeCloseTo((3 * (Math.sin(angle) + (Math.PI - angle) * c)) / (2 * Math.PI), 10);
      expect(slopePair(relu, 3, c)).toBeCloseTo((Math.PI - angle) / (2 * Math.PI), 9);
    }
    expect(meanMoment(relu, 4)).toBeCloseTo(2 / Math.sqrt(2 * Math.PI), 12);
    expect(slopeKurtosis(relu, 1)).toBeCloseTo(2, 12);
  });

  it("erf: E[φφ] = 2/π·asin(2qc/(1+2q)) (Williams 1997)", () => {
    const a = activation("erf");
    for (const q of [0.1, 1, 50]) {
      for (const c of [-0.7, 0.2, 0.98]) {
        expect(squarePair(a, q, c)).toBeCloseTo((2 / Math.PI) * Math.asin((2 * q * c) / (1 + 2 * q)), 9);
        expect(slopePair(a, q, c)).toBeCloseTo(4 / Math.PI / Math.sqrt((1 + 2 * q) ** 2 - (2 * q * c) ** 2), 9);
      }
    }
    expect(moments(a, 2).slope).toBeCloseTo(4 / Math.PI / Math.sqrt(1 + 8), 11);
  });

  it("pairs agree with sampling for an activation without any closed form, also where the two variances differ", () => {
    const n = stream(11, "pairs");
    for (const a of [activation("mish"), zigzag]) {
      const [q, q2, c] = [1.7, 0.6, 0.55];
      let [values, slopes] = [0, 0];
      const draws = 200_000;
      for (let i = 0; i < draws; i++) {
        const x = n.normal(2 * i);
        const y = c * x + Math.sqrt(1 - c * c) * n.normal(2 * i + 1);
        values += a.phi(Math.sqrt(q) * x) * a.phi(Math.sqrt(q2) * y);
        slopes += a.dphi(Math.sqrt(q) * x) * a.dphi(Math.sqrt(q2) * y);
      }
      expect(Math.abs(squarePair(a, q, c, q2) - values / draws), a.name).toBeLessThan(0.02);
      expect(Math.abs(slopePair(a, q, c, q2) - slopes / draws), a.name).toBeLessThan(0.02);
    }
  });
});
