import { describe, expect, it } from "vitest";
import { activation, piecewiseLinear } from "../../src/theory/activation.js";
import { holds, known } from "./holds.js";
import { laws } from "../../src/theory/laws.js";
import { singleBranch } from "../../src/theory/laws/residual.js";
import { highwayDeepGain, highwayThresholds } from "../../src/theory/laws/highway.js";
import { shareBetween } from "../../src/theory/laws/path-shares.js";
import type { Prediction, Unknown } from "../../src/theory/prediction.js";
import { Tape, simulate, squares } from "./simulate.js";

const relu = activation("relu");
const tanh = activation("tanh");
const zigzag = piecewiseLinear(
  [
    [-1.2, -0.3],
    [0.4, 0.9],
    [1.5, 0.2],
  ],
  0.15,
  0.9,
  "zigzag",
);

describe("other laws", () => {
  it("features normalised in a plain net: 1 for Linear→LN→ReLU, π/(π−1) for Linear→ReLU→LN", () => {
    const [width, depth] = [128, 8];
    for (const order of ["norm-act", "act-norm"] as const) {
      const m = simulate(60, 1, width, (t, x) => {
        let h = x;
        for (let l = 0; l < depth; l++) {
          h = t.linear(h, 2);
          h = order === "norm-act" ? t.act(t.norm(h, "layer"), relu.phi, relu.dphi) : t.norm(t.act(h, relu.phi, relu.dphi), "layer");
        }
        return h;
      });
      const law = (o: "norm-act" | "act-norm"): Prediction | Unknown => laws.featureNorm({ phi: relu, norm: "layer", order: o, depth, width });
      holds(m, law(order), [law(order === "norm-act" ? "act-norm" : "norm-act")], order);
    }
  });

  it("Highway: (1−T)² + T²χ, its forward pass, gates with weights, and the thresholds", () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const [width, depth] = [64, 12];
    for (const [bias, sigmaW2, gateSigma2] of [
      [-1, 2, 0],
      [-2, 12, 0],
      [-1, 2, 1.5],
    ] as const) {
      const m = simulate(80, 1, width, (t, x) => {
        let h = x;
        for (let l = 0; l < depth; l++) {
          const gate = t.act(t.sum([1, t.linear(h, gateSigma2)], [bias, t.make(width, () => 1)]), sigmoid, (v) => sigmoid(v) * (1 - sigmoid(v)));
          const f = t.act(t.linear(h, sigmaW2), relu.phi, relu.dphi);
          h = t.sum([1, h], [1, t.mul(gate, t.sum([1, f], [-1, h]))]);
        }
        return h;
      });
      const law = (b: number, g: number): Prediction => laws.highway({ phi: relu, depth, gateBias: b, sigmaW2, gateSigma2: g, width });
      const band = 0.7 * law(bias, gateSigma2).band;
      holds(
        m,
        { ...law(bias, gateSigma2), band },
        [law(bias - 1.2, gateSigma2), law(bias, gateSigma2 + 3)].map((p) => ({ ...p, band })),
        `${bias}, ${sigmaW2}, ${gateSigma2}`,
      );
      expect(Math.abs(m.lnSquare - law(bias, gateSigma2).profile!.at(-1)!.lnMeanSquare)).toBeLessThan(0.25);
    }
    const gain = (b: number, chi: number): number => Math.exp(laws.highway({ phi: relu, depth: 1, gateBias: b, sigmaW2: 2 * chi }).lnExpected);
    for (const [b, g] of [
      [-1, 0.604],
      [-2, 0.789],
      [-3, 0.909],
      [-4, 0.965],
    ] as const)
      expect(Math.abs(gain(b, 1) - g)).toBeLessThan(0.004);
    const { explodes, explodesDeep, helps } = highwayThresholds(sigmoid(-2));
    expect(gain(-2, explodes)).toBeCloseTo(1, 12);
    expect(gain(-2, helps)).toBeCloseTo(helps, 12);
    expect(explodes).toBeCloseTo(15.8, 1);
    expect(highwayDeepGain(sigmoid(-2), explodesDeep)).toBeCloseTo(1, 12);
    expect(explodesDeep).toBeCloseTo(2.77, 2);
    expect(highwayDeepGain(1, 3)).toBeCloseTo(3, 10);
  });

  it("Highway at depth: the share along equal features overtakes, and the wide limit fails", () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    for (const [width, depth, bias, chi, phi, seeds] of [
      [32, 30, -1, 4, relu, 250],
      [32, 24, -2, 4, relu, 250],
      [64, 20, -1, 20, relu, 120],
      [32, 24, -1, 1, relu, 250],
      [40, 20, -1, 2, zigzag, 200],
    ] as const) {
      const gate = sigmoid(bias);
      const m = simulate(seeds, 1, width, (t, x) => {
        let h = x;
        for (let l = 0; l < depth; l++) h = t.sum([1 - gate, h], [gate, t.act(t.linear(h, 2 * chi), phi.phi, phi.dphi)]);
        return h;
      });
      const law = (w?: number): Prediction =>
        laws.highway({ phi, depth, gateBias: bias, sigmaW2: 2 * chi, ...(w === undefined ? {} : { width: w }) });
      const p = law(width);
      // Where the wide law differs by less than the measurement tells, there is nothing to tell apart.
      holds(m, p, phi.homogeneous ? [law(), law(width * 10)] : [], `${phi.name}, χ = ${chi}, b = ${bias}`);
      expect(Math.abs(m.variance / p.sdLn! ** 2 - 1), `variance ${m.variance} against ${p.sdLn! ** 2}`).toBeLessThan(0.4);
    }
    // The wide limit is its limit at fixed depth; the gain at depth is that of the activations, at any width.
    const at = (depth: number, width?: number): Prediction =>
      laws.highway({ phi: relu, depth, gateBias: -1, sigmaW2: 8, ...(width === undefined ? {} : { width }) });
    expect(at(40, 1e10).meanLn).toBeCloseTo(at(40).meanLn, 2);
    expect(at(40, 1e5).meanLn).toBeGreaterThan(at(40).meanLn + 2);
    const deep = Math.log(highwayDeepGain(sigmoid(-1), 4));
    expect(at(300, 256).meanLn - at(299, 256).meanLn).toBeCloseTo(deep, 4);
    const forward = at(300).profile!;
    expect(forward[300]!.lnMeanSquare - forward[299]!.lnMeanSquare).toBeCloseTo(deep, 6);
  });

  it("product of Gaussian matrices: the edge, and the finite-size shift", () => {
    for (const [depth, width, seeds] of [
      [1, 50, 25],
      [2, 50, 25],
      [4, 50, 25],
    ] as const) {
      let mean = 0;
      for (let s = 0; s < seeds; s++) {
        const t = new Tape(900 + s, 1);
        const w = Array.from({ length: depth }, () => t.weights(width, width, 1));
        let v = Float64Array.from({ length: width }, () => t.normal());
        let top = 0;
        for (let k = 0; k < 80; k++) {
          const norm = Math.sqrt(squares(v));
          v = v.map((x) => x / norm);
          for (const m of w) v = v.map((_, i) => v.reduce((sum, x, j) => sum + m[i * width + j]! * x, 0));
          top = squares(v);
          for (const m of [...w].reverse()) v = v.map((_, j) => v.reduce((sum, x, i) => sum + m[i * width + j]! * x, 0));
        }
        mean += top / seeds;
      }
      const law = laws.gaussianProduct(depth, width);
      expect(Math.abs(mean - law.expected), `L=${depth}: ${mean} against ${law.expected}`).toBeLessThan(law.band + (3 * law.sd) / Math.sqrt(seeds));
      expect(mean).toBeLessThan(law.limit);
    }
    expect(laws.gaussianProduct(2, 200).limit).toBeCloseTo(6.75, 10);
    expect(laws.gaussianProduct(5, 200).limit).toBeCloseTo(14.93, 2);
  });

  it("the cosine of the skip-carried gradient: (1+α²)^{−L/2}", () => {
    const [width, depth] = [100, 20];
    const alpha = 1 / Math.sqrt(depth);
    let mean = 0;
    for (let s = 0; s < 30; s++) {
      const t = new Tape(s + 1, 1);
      const x = t.input(width);
      let h = x;
      for (let l = 0; l < depth; l++) h = t.sum([1, h], [alpha, t.linear(t.act(h, relu.phi, relu.dphi), 2)]);
      t.backward(h);
      mean += x.g.reduce((sum, g, i) => sum + g * h.g[i]!, 0) / Math.sqrt(squares(x.g) * squares(h.g)) / 30;
    }
    const law = laws.skipCosine(known(laws.residual({ branch: singleBranch(relu), depth, branchScale: alpha })));
    expect(law).toBeCloseTo((1 + alpha ** 2) ** (-depth / 2), 12);
    expect(Math.abs(mean - law)).toBeLessThan(0.02);
  });

  it("tanh RNN with tied weights", () => {
    const [width, steps, sigmaW2, inputVariance] = [150, 12, 2.2, 0.3];
    const values: number[] = [];
    for (let s = 0; s < 30; s++) {
      const t = new Tape(s + 1, 1);
      const h0 = t.make(width);
      const w = t.weights(width, width, sigmaW2);
      let h = h0;
      for (let k = 0; k < steps; k++) {
        const u = t.make(width, () => Math.sqrt(inputVariance) * t.normal());
        h = t.act(t.sum([1, t.linear(h, 0, width, 0, w)], [1, u]), tanh.phi, tanh.dphi);
      }
      t.backward(h);
      values.push(Math.log(squares(h0.g) / squares(h.g)));
    }
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    const error = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1) / values.length);
    const law = (w: number): Prediction => laws.recurrent({ phi: tanh, sigmaW2: w, steps, inputVariance });
    holds({ lnG: mean, error }, { ...law(sigmaW2), band: 0.1 }, [law(sigmaW2 * 1.2)]);
    const long = laws.recurrentGain({ phi: tanh, sigmaW2, inputVariance });
    const p = laws.recurrent({ phi: tanh, sigmaW2, inputVariance, steps: 200 }).profile!;
    expect(long.gain).toBeCloseTo(Math.exp(p[150]!.lnGradientSquare - p[151]!.lnGradientSquare), 9);
  });

  it("path lengths: Binomial(54, ½) and weighted ones", () => {
    const shares = laws.pathShares(new Array<number>(54).fill(1));
    expect(shareBetween(shares, 19, 35)).toBeCloseTo(0.98, 3);
    expect(shareBetween(shares, 5, 17)).toBeCloseTo(0.0045, 4);
    expect(shares.reduce((s, v) => s + v, 0)).toBeCloseTo(1, 12);
    const weighted = laws.pathShares(new Array<number>(10).fill(0.25));
    expect(weighted[3]!).toBeCloseTo(120 * 0.2 ** 3 * 0.8 ** 7, 12);
    expect(laws.pathShares([1, 3], [2, 1])).toEqual([2 / 12, (6 + 1) / 12, 3 / 12]);
  });

  it("zero padding: a simulated convolution, and the eigenvalue ((1+2cos(π/(S+1)))/3)²", () => {
    for (const size of [4, 8, 16]) {
      const law = laws.borderEffect({ sizes: [size, size], depth: 6 });
      expect(law.perLayer).toBeCloseTo(((1 + 2 * Math.cos(Math.PI / (size + 1))) / 3) ** 2, 9);
      const long = laws.borderEffect({ sizes: [size, size], depth: 400 });
      const longer = laws.borderEffect({ sizes: [size, size], depth: 401 });
      expect(Math.exp(longer.lnFactor - long.lnFactor)).toBeCloseTo(law.perLayer, 9);
    }
    // One linear 1-D convolution of 5 positions, kernel 3, many channels, against its transpose written out.
    const t = new Tape(5, 1);
    const [channels, size] = [200, 5];
    const taps = [0, 1, 2].map(() => t.weights(channels * 3, channels, 3));
    const g = Array.from({ length: size }, () => Float64Array.from({ length: channels }, () => t.normal()));
    let [before, after] = [0, 0];
    for (let i = 0; i < size; i++) {
      before += squares(g[i]!);
      const back = new Float64Array(channels);
      [-1, 0, 1].forEach((d, k) => {
        const from = g[i + d];
        if (from)
          for (let o = 0; o < channels; o++) for (let c = 0; c < channels; c++) back[c]! += (taps[k]![o * channels + c]! * from[o]!) / Math.sqrt(3);
      });
      after += squares(back);
    }
    expect(Math.log(after / before) - Math.log(1)).toBeCloseTo(laws.borderEffect({ sizes: [size], depth: 1 }).lnFactor, 1);
  });

  it("shattering with real inputs: .105 plain and .310 residual at L = 5, and by simulation", () => {
    expect(laws.shattering({ phi: relu, depth: 5, kind: "plain" })[5]).toBeCloseTo(0.105, 3);
    expect(laws.shattering({ phi: relu, depth: 5, kind: "residual" })[5]).toBeCloseTo(0.31, 2);
    expect(laws.shatteringOfMasks({ phi: relu, depth: 5, kind: "plain" })[5]).toBeCloseTo(1 / 32, 12);
    expect(laws.shatteringOfMasks({ phi: relu, depth: 5, kind: "residual" })[5]).toBeCloseTo(0.75 ** 5, 12);
    for (const [phi, kind] of [
      [relu, "plain"],
      [activation("mish"), "plain"],
      [zigzag, "residual"],
    ] as const) {
      const [width, depth, seeds] = [150, 4, 30];
      let mean = 0;
      for (let s = 0; s < seeds; s++) {
        const t = new Tape(s + 50, 2);
        const x = t.input(width);
        let h = x;
        for (let l = 0; l < depth; l++)
          h = kind === "plain" ? t.act(t.linear(h, 2), phi.phi, phi.dphi) : t.sum([1, h], [1, t.linear(t.act(h, phi.phi, phi.dphi), 2)]);
        t.backward(h, true);
        const [a, b] = [x.g.subarray(0, width), x.g.subarray(width)];
        mean += a.reduce((sum, v, i) => sum + v * b[i]!, 0) / Math.sqrt(squares(a) * squares(b)) / seeds;
      }
      const law = laws.shattering({ phi, depth, kind })[depth]!;
      expect(Math.abs(mean - law), `${phi.name}: ${mean} against ${law}`).toBeLessThan(0.06);
    }
  });
});
