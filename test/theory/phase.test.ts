import { describe, expect, it } from "vitest";
import { activation, piecewiseLinear } from "../../src/theory/activation.js";
import {
  attractor,
  chi1,
  correlationMap,
  correlationSlope,
  depthScale,
  fixedCorrelation,
  lengthMap,
  lengthFixedPoints,
} from "../../src/theory/fixed-point.js";
import { squareMoment } from "../../src/theory/moments.js";
import { criticalPoints, phaseDiagram, phaseOf } from "../../src/theory/phase.js";

const tanh = activation("tanh");
const relu = activation("relu");

describe("fixed points of the length", () => {
  it("are kept by the map, and what lengths tend to when it is iterated", () => {
    for (const [name, sigmaW2, sigmaB2, from = 1] of [
      ["tanh", 3, 0.2],
      ["sin", 2, 0.1],
      ["hardswish", 2, 0.1],
      ["mish", 1.5, 0.4],
      ["erf", 9, 0],
    ] as const) {
      const e = { phi: activation(name), sigmaW2, sigmaB2 };
      let q: number = from;
      for (let i = 0; i < 300; i++) q = lengthMap(e, q);
      expect(attractor(e, from), name).toBeCloseTo(q, 8);
    }
  });

  it("tell attracting from repelling: hardswish at σ_w² = 3 collapses below one length and grows above it", () => {
    const e = { phi: activation("hardswish"), sigmaW2: 3, sigmaB2: 0 };
    const all = lengthFixedPoints(e);
    expect(all.kind).toBe("points");
    if (all.kind !== "points") return;
    for (const p of all.points) {
      const h = 1e-5 * (p.q + 1e-3);
      const slope = (lengthMap(e, p.q + h) - lengthMap(e, Math.max(0, p.q - h))) / (p.q >= h ? 2 * h : h + p.q);
      expect(p.slope).toBeCloseTo(slope, 3);
    }
    const repelling = all.points.find((p) => p.slope > 1)!;
    expect(repelling.q).toBeGreaterThan(0);
    expect(attractor(e, repelling.q * 0.9)).toBe(0);
    expect(attractor(e, repelling.q * 1.1)).toBe(Infinity);
  });

  it("ReLU keeps every length at σ_w² = 2, none above it", () => {
    expect(lengthFixedPoints({ phi: relu, sigmaW2: 2, sigmaB2: 0 }).kind).toBe("every");
    expect(lengthFixedPoints({ phi: relu, sigmaW2: 2, sigmaB2: 0.1 }).kind).toBe("none");
    expect(attractor({ phi: relu, sigmaW2: 1.5, sigmaB2: 0.1 })).toBeCloseTo(0.1 / (1 - 0.75), 10);
    expect(phaseOf({ phi: relu, sigmaW2: 2, sigmaB2: 0 }).phase).toBe("critical");
    expect(phaseOf({ phi: relu, sigmaW2: 2.5, sigmaB2: 0 })).toMatchObject({ phase: "unbounded", q: Infinity });
    expect(phaseOf({ phi: relu, sigmaW2: 2.5, sigmaB2: 0 }).chi1).toBeCloseTo(1.25, 12);
  });
});

describe("the phase diagram", () => {
  it("the critical line of tanh nets", () => {
    const expected = [
      [0, 1, 0],
      [0.01, 1.424, 0.273],
      [0.05, 1.761, 0.57],
      [0.1, 1.986, 0.806],
      [1, 3.443, 3.036],
    ] as const;
    for (const [b, w, q] of expected) {
      const points = criticalPoints(tanh, b);
      expect(points.length).toBe(1);
      expect(points[0]!.sigmaW2).toBeCloseTo(w, 3);
      expect(points[0]!.q).toBeCloseTo(q, 3);
    }
  });

  it("the critical line of any activation is where χ₁ at the attracting length is 1", () => {
    for (const name of ["erf", "sin", "gelu", "mish", "hardswish", "softsign", "hardtanh"]) {
      const phi = activation(name);
      const points = criticalPoints(phi, 0.1);
      expect(points.length, name).toBeGreaterThan(0);
      for (const { sigmaW2, sigmaB2, q, attracting } of points) {
        const e = { phi, sigmaW2, sigmaB2 };
        expect(lengthMap(e, q), name).toBeCloseTo(q, 9);
        expect(chi1(e, q), name).toBeCloseTo(1, 9);
        if (attracting) expect(phaseOf(e, { from: q * 1.01, correlation: false }).chi1, name).toBeCloseTo(1, 7);
        else expect(Math.abs(lengthMap(e, q * 1.01) - q)).toBeGreaterThan(q * 0.01);
      }
    }
    // sin in closed form: σ_w²·(1 + e^{−2q})/2 = 1 and q = σ_w²·(1 − e^{−2q})/2 + σ_b² give q = σ_w² − 1 + σ_b².
    const [p] = criticalPoints(activation("sin"), 0.1);
    expect(p!.q).toBeCloseTo(p!.sigmaW2 - 0.9, 10);
  });

  it("depth scales at σ_b² = .05", () => {
    for (const [w, xi] of [
      [1, 3.6],
      [1.3, 7.8],
      [1.5, 15.8],
      [1.7, 75],
      [4, 7],
    ] as const) {
      const p = phaseOf({ phi: tanh, sigmaW2: w, sigmaB2: 0.05 });
      expect(Math.abs(p.xiC! / xi - 1)).toBeLessThan(0.015);
      expect(p.phase).toBe(w < 1.761 ? "ordered" : "chaotic");
    }
    expect(depthScale(Math.exp(-0.1))).toBeCloseTo(10, 12);
  });

  it("c* is kept by the correlation map, attracts, and its slope is the map's", () => {
    for (const phi of [
      tanh,
      activation("sin"),
      piecewiseLinear(
        [
          [-1, -0.4],
          [0.5, 0.6],
          [2, 0],
        ],
        0.1,
        1.2,
      ),
    ]) {
      const e = { phi, sigmaW2: 4, sigmaB2: 0.2 };
      let q = 1;
      for (let i = 0; i < 300; i++) q = lengthMap(e, q);
      const star = fixedCorrelation(e, q);
      expect(star.c).toBeLessThan(1);
      let c = 0.5;
      for (let i = 0; i < 25; i++) c = correlationMap(e, q, c);
      expect(Math.abs(star.c - c)).toBeLessThan(Math.max(1e-9, 2 * Math.abs(c - 0.5) * star.slope ** 25));
      const h = 1e-4;
      expect(correlationSlope(e, q, star.c)).toBeCloseTo((correlationMap(e, q, star.c + h) - correlationMap(e, q, star.c - h)) / (2 * h), 5);
    }
  });

  it("a diagram has a row for each σ_b² and a column for each σ_w²", () => {
    const grid = phaseDiagram(activation("sin"), [0.5, 1.5, 3], [0.05, 0.5]);
    expect(grid.map((row) => row.map((p) => p.phase))).toEqual([
      ["ordered", "ordered", "chaotic"],
      ["ordered", "ordered", "chaotic"],
    ]);
    expect(grid[1]![2]!.q).toBeCloseTo(3 * squareMoment(activation("sin"), grid[1]![2]!.q!) + 0.5, 9);
  });
});
