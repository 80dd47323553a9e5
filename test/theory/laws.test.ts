import { describe, expect, it } from "vitest";
import { activation, piecewiseLinear } from "../../src/theory/activation.js";
import type { Activation } from "../../src/theory/activation.js";
import { laws } from "../../src/theory/laws.js";
import { doubleBranch, normBranch, saturatingAsymptote, singleBranch } from "../../src/theory/laws/residual.js";
import type { ResidualNet } from "../../src/theory/laws/residual.js";
import { deepNormScales } from "../../src/theory/laws/transformer.js";
import { highwayThresholds } from "../../src/theory/laws/highway.js";
import { shareBetween } from "../../src/theory/laws/path-shares.js";
import { isKnown } from "../../src/theory/prediction.js";
import type { Prediction, Unknown } from "../../src/theory/prediction.js";
import { Tape, simulate, squares } from "./simulate.js";
import type { Rows } from "./simulate.js";

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

const known = (p: Prediction | Unknown): Prediction => {
  if (!isKnown(p)) throw new Error(p.unknown);
  return p;
};

/** Whether a measured mean agrees with a prediction: four standard errors and a part of the stated band. */
const agrees = (m: { readonly lnG: number; readonly error: number }, p: Prediction): boolean =>
  Math.abs(m.lnG - p.meanLn) < 4 * m.error + p.band + 0.005;

/** The prediction must hold for its own net and fail for the net's neighbours: what is tested can fail. */
function holds(
  m: { readonly lnG: number; readonly error: number },
  law: Prediction | Unknown,
  wrong: readonly (Prediction | Unknown)[],
  name = "",
): void {
  const p = known(law);
  expect(agrees(m, p), `${name}: measured ${m.lnG} ± ${m.error}, predicted ${p.meanLn}, band ${p.band}`).toBe(true);
  wrong.forEach((w, i) => expect(agrees(m, known(w)), `${name}: wrong law ${i} passes: ${known(w).meanLn} against ${m.lnG}`).toBe(false));
}

const chain =
  (a: Activation, depth: number, sigmaW2: number, sigmaB2 = 0) =>
  (t: Tape, x: Rows): Rows => {
    let h = x;
    for (let l = 0; l < depth; l++) h = t.act(t.linear(h, sigmaW2, h.n, sigmaB2), a.phi, a.dphi);
    return h;
  };

describe("plain nets", () => {
  it("of any activation, with finite width: mean and variance of ln G, and the activations", () => {
    for (const [a, w, b] of [
      [relu, 2, 0],
      [tanh, 4, 0],
      [tanh, 1.3, 0.05],
      [activation("sin"), 2, 0.1],
      [activation("hardswish"), 3, 0.2],
      [activation("mish"), 2, 0],
      [zigzag, 3, 0.1],
    ] as const) {
      const [width, depth] = [48, 10];
      const m = simulate(500, 1, width, chain(a, depth, w, b));
      const p = laws.plain({ phi: a, sigmaW2: w, sigmaB2: b, depth, width });
      holds(m, { ...p, band: p.band / 4 }, [laws.plain({ phi: a, sigmaW2: w * 1.3, sigmaB2: b, depth, width })], a.name);
      expect(Math.abs(m.variance / p.sdLn! ** 2 - 1), `${a.name} variance ${m.variance} against ${p.sdLn! ** 2}`).toBeLessThan(0.35);
      expect(Math.abs(m.lnSquare - p.profile!.at(-1)!.lnMeanSquare), a.name).toBeLessThan(0.35);
      expect(p.lnExpected - p.meanLn).toBeCloseTo(p.sdLn! ** 2 / 2, 10);
    }
  });

  it("ReLU is Hanin's log-normal: mean −5β/2, variance 5β; He's gain 1, σ_w² = 2.5 gives 1.25", () => {
    const p = laws.plain({ phi: relu, sigmaW2: 2, depth: 50, width: 100 });
    expect(p.lnExpected).toBeCloseTo(0, 10);
    expect(p.meanLn).toBeCloseTo(-1.25, 10);
    expect(p.sdLn! ** 2).toBeCloseTo(2.5, 10);
    expect(laws.plain({ phi: relu, sigmaW2: 2.5, depth: 1 }).lnExpected).toBeCloseTo(Math.log(1.25), 12);
  });

  it("uses χ at every layer's own length, not χ*^L", () => {
    const p = laws.plain({ phi: tanh, sigmaW2: 4, depth: 3, inputSquare: 100 });
    const gains = p.profile!.map((l) => l.lnGradientSquare);
    expect(gains[0]! - gains[1]!).toBeLessThan(gains[1]! - gains[2]! - 1);
  });
});

describe("batch normalisation", () => {
  it("N → ∞: π/(π−1) for ReLU in both orders; identity at batch N: (N−2)/(N−3)", () => {
    for (const order of ["norm-act", "act-norm"] as const) {
      const g = laws.batchNormGain({ phi: relu, order });
      expect("gain" in g && g.gain).toBeCloseTo(Math.PI / (Math.PI - 1), 11);
    }
    for (const batch of [6, 8, 33]) {
      const g = laws.batchNormGain({ phi: activation("identity"), order: "norm-act", batch });
      expect("gain" in g && g.gain).toBeCloseTo((batch - 2) / (batch - 3), 9);
    }
    expect("unknown" in laws.batchNormGain({ phi: relu, order: "norm-act", batch: 3 })).toBe(true);
  });

  it("tends to its limit as 1/N", () => {
    for (const phi of [relu, tanh, zigzag]) {
      const gain = (batch?: number): number => {
        const g = laws.batchNormGain({ phi, order: "norm-act", ...(batch === undefined ? {} : { batch }) });
        return "gain" in g ? g.gain : NaN;
      };
      const [a, b] = [gain(40)! - gain(), gain(160)! - gain()];
      expect(a / b, phi.name).toBeGreaterThan(3.3);
      expect(a / b, phi.name).toBeLessThan(5.5);
    }
  });

  it("at a finite batch, both orders, activations without closed forms", () => {
    const [batch, width, depth] = [12, 90, 7];
    for (const phi of [relu, tanh, zigzag]) {
      for (const order of ["norm-act", "act-norm"] as const) {
        const m = simulate(16, batch, width, (t, x) => {
          let h = x;
          for (let l = 0; l < depth; l++) {
            h = t.linear(h, 2);
            h = order === "norm-act" ? t.act(t.norm(h, "batch"), phi.phi, phi.dphi) : t.norm(t.act(h, phi.phi, phi.dphi), "batch");
          }
          return h;
        });
        const law = (n?: number) => {
          const p = known(laws.batchNorm({ phi, order, depth, ...(n === undefined ? {} : { batch: n }) }));
          return { ...p, band: 0.15 };
        };
        holds(m, law(batch), phi === relu ? [law(), law(5)] : [law(5)], `${phi.name} ${order}`);
      }
    }
  });
});

describe("residual nets", () => {
  const run = (
    net: ResidualNet,
    block: (t: Tape, x: Rows, l: number) => Rows,
    wrong: readonly ResidualNet[],
    seeds = 60,
    rows = 1,
    width = 96,
  ): void => {
    const m = simulate(seeds, rows, width, (t, x) => {
      let h = x;
      for (let l = 0; l < net.depth; l++) h = block(t, h, l);
      return h;
    });
    const law = (n: ResidualNet): Prediction | Unknown => laws.residual({ ...n, width });
    holds(m, law(net), wrong.map(law));
    expect(Math.abs(m.lnSquare - known(law(net)).profile!.at(-1)!.lnMeanSquare)).toBeLessThan(0.35);
  };

  it("a homogeneous branch: 2^L with He, (1 + α²)^L scaled", () => {
    const one = { branch: singleBranch(relu), depth: 12 };
    run(one, (t, x) => t.sum([1, x], [1, t.linear(t.act(x, relu.phi, relu.dphi), 2)]), [{ ...one, branch: singleBranch(relu, 3) }]);
    const two = { branch: doubleBranch(relu, 2, 2), depth: 12 };
    run(two, (t, x) => t.sum([1, x], [1, t.linear(t.act(t.linear(x, 2), relu.phi, relu.dphi), 2)]), [{ ...two, branch: doubleBranch(relu, 3, 2) }]);
    const scaled = { ...one, branchScale: 1 / Math.sqrt(12), skipScale: 0.9 };
    run(scaled, (t, x) => t.sum([0.9, x], [1 / Math.sqrt(12), t.linear(t.act(x, relu.phi, relu.dphi), 2)]), [{ ...scaled, skipScale: 1 }]);
  });

  it("in closed form: 2^L, e, 1, λ^{2L}, L + 1, 1, and BN(x + F)", () => {
    const ln = (n: ResidualNet): number => known(laws.residual(n)).lnExpected;
    const branch = singleBranch(relu);
    expect(ln({ branch, depth: 1000 })).toBeCloseTo(1000 * Math.LN2, 8);
    expect(ln({ branch, depth: 50, branchScale: 1 / Math.sqrt(50) })).toBeCloseTo(50 * Math.log(1.02), 10);
    expect(Math.exp(ln({ branch, depth: 10_000, branchScale: 0.01 }))).toBeCloseTo(Math.E, 3);
    expect(ln({ branch, depth: 50, branchScale: 0 })).toBe(0);
    expect(ln({ branch, depth: 54, branchScale: 0, skipScale: 0.5 }) / 2).toBeCloseTo(Math.log(5.55e-17), 2);
    expect(Math.exp(ln({ branch: normBranch(relu, "layer"), depth: 100 }))).toBeCloseTo(101, 8);
    expect(ln({ branch, depth: 30, trunkNorm: "layer" })).toBeCloseTo(0, 12);
    expect(Math.exp(ln({ branch, depth: 1, trunkNorm: "batch" }))).toBeCloseTo(2 / (2 - 1 / Math.PI), 12);
    expect(
      "unknown" in
        laws.residual({
          branch: [
            { kind: "linear", sigmaW2: 2 },
            { kind: "act", phi: relu },
          ],
          depth: 3,
        }),
    ).toBe(true);
  });

  it("k norms inside the branch: exact product, exponent (π/(π−1))^k in the long run", () => {
    const r = Math.PI / (Math.PI - 1);
    for (const k of [1, 2, 3]) {
      const at = (depth: number): number => known(laws.residual({ branch: normBranch(relu, "batch", k), depth })).lnExpected;
      let exact = 0;
      for (let l = 0; l < 60; l++) exact += Math.log(1 + r ** (k - 1) / (1 + (1 - 1 / Math.PI) * l));
      expect(at(60)).toBeCloseTo(exact, 9);
      expect((at(20_000) - at(10_000)) / Math.LN2).toBeCloseTo(r ** k, 2);
    }
  });

  it("norms in the branch and on the trunk at a finite batch", () => {
    const [batch, width, depth] = [16, 72, 8];
    const inside = { branch: normBranch(relu, "batch"), depth, batch };
    const block = (t: Tape, x: Rows): Rows => t.linear(t.act(t.norm(x, "batch"), relu.phi, relu.dphi), 2);
    const m = simulate(14, batch, width, (t, x) => {
      let h = x;
      for (let l = 0; l < depth; l++) h = t.sum([1, h], [1, block(t, h)]);
      return h;
    });
    const banded = (n: ResidualNet): Prediction => ({ ...known(laws.residual(n)), band: 0.06 });
    holds(m, banded(inside), [banded({ ...inside, branch: normBranch(relu, "layer") }), banded({ ...inside, branch: normBranch(relu, "batch", 2) })]);
    const trunk = { branch: singleBranch(relu), depth, batch, trunkNorm: "batch" as const };
    const n = simulate(14, batch, width, (t, x) => {
      let h = t.norm(x, "batch");
      for (let l = 0; l < depth; l++) h = t.norm(t.sum([1, h], [1, t.linear(t.act(h, relu.phi, relu.dphi), 2)]), "batch");
      return h;
    });
    // The stem's norm stands in front with its N/(N−3), and the drawn cotangent is not centred: (N−2)/N of it is left.
    const ends = Math.log((batch - 2) / (batch - 3));
    holds({ ...n, lnG: n.lnG - ends }, banded(trunk), [banded({ ...trunk, trunkNorm: "layer" }), banded({ branch: singleBranch(relu), depth })]);
  });

  it("tanh branches: exact recursion, asymptote 1.064·√L", () => {
    const net = { branch: doubleBranch(tanh, 1, 1), depth: 25 };
    run(
      net,
      (t, x) => t.sum([1, x], [1, t.linear(t.act(t.linear(x, 1), tanh.phi, tanh.dphi), 1)]),
      [{ ...net, branch: doubleBranch(tanh, 1.5, 1) }],
      50,
    );
    expect(saturatingAsymptote(4 / 3, 1, 1, 1)).toBeCloseTo(1.064, 3);
    const at = (depth: number): number => known(laws.residual({ ...net, depth })).lnExpected;
    for (const [depth, measured] of [
      [25, 4.76],
      [50, 7.18],
      [100, 10.5],
      [200, 15.03],
    ] as const)
      expect(Math.abs(at(depth) - measured)).toBeLessThan(0.15);
    expect((at(6400) - at(1600)) / 40).toBeCloseTo(1.064, 1);
  });

  it("norm placement: pre-LN, post-LN, sandwich, DeepNorm, with an activation of non-zero mean", () => {
    const phi = activation("gelu");
    const [width, depth] = [96, 10];
    const f = (t: Tape, x: Rows, s = 2): Rows => t.linear(t.act(x, phi.phi, phi.dphi), s);
    const { alpha, beta } = deepNormScales(depth);
    const blocks = {
      pre: (t: Tape, x: Rows) => t.sum([1, x], [1, f(t, t.norm(x, "layer"))]),
      post: (t: Tape, x: Rows) => t.norm(t.sum([1, x], [1, f(t, x)]), "layer"),
      sandwich: (t: Tape, x: Rows) => t.sum([1, x], [1, t.norm(f(t, t.norm(x, "layer")), "layer")]),
      deepnorm: (t: Tape, x: Rows) => t.norm(t.sum([alpha, x], [1, f(t, x, 2 * beta * beta)]), "layer"),
    };
    for (const placement of ["pre", "post", "sandwich", "deepnorm"] as const) {
      const m = simulate(40, 1, width, (t, x) => {
        let h = x;
        for (let l = 0; l < depth; l++) h = blocks[placement](t, h);
        return h;
      });
      const law = (sigmaW2: number): Prediction => known(laws.placed({ phi, placement, depth, sigmaW2, width }));
      holds(m, law(2), placement === "pre" ? [law(8)] : [], placement);
    }
    expect(Math.exp(known(laws.placed({ phi: relu, placement: "pre", depth: 50 })).lnExpected)).toBeCloseTo(51, 8);
    const last = (depth: number): number => {
      const n = laws.lastLayerNorm({ phi: relu, placement: "pre", depth });
      return "lnNorm" in n ? n.lnNorm : NaN;
    };
    expect(last(96)).toBeCloseTo(-0.5 * Math.log(97), 10);
    expect("unknown" in laws.lastLayerNorm({ phi: relu, placement: "sandwich", depth: 4 })).toBe(true);
  });

  it("ResNet v1, which has no closed law: the density recursion against simulation, and the exponents", () => {
    const [batch, width, depth] = [40, 64, 12];
    const m = simulate(8, batch, width, (t, x) => {
      let h = x;
      for (let l = 0; l < depth; l++) h = t.act(t.sum([1, h], [1, t.norm(t.linear(h, 2), "batch")]), relu.phi, relu.dphi);
      return h;
    });
    const p = laws.resNetV1({ depth });
    holds(m, p, [laws.resNetV1({ depth, norms: 2 }), { ...p, meanLn: p.meanLn * 1.2 }]);
    const at = (depth: number, norms: number): number => laws.resNetV1({ depth, norms }).lnExpected;
    expect((at(200, 1) - at(50, 1)) / Math.log(4)).toBeCloseTo(1.62, 1);
    expect((at(100, 2) - at(30, 2)) / Math.log(100 / 30)).toBeCloseTo(2.64, 1);
  });
});

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
      const m = simulate(120, 1, width, (t, x) => {
        let h = x;
        for (let l = 0; l < depth; l++) {
          const gate = t.act(t.sum([1, t.linear(h, gateSigma2)], [bias, t.make(width, () => 1)]), sigmoid, (v) => sigmoid(v) * (1 - sigmoid(v)));
          const f = t.act(t.linear(h, sigmaW2), relu.phi, relu.dphi);
          h = t.sum([1, h], [1, t.mul(gate, t.sum([1, f], [-1, h]))]);
        }
        return h;
      });
      const law = (b: number, g: number): Prediction => laws.highway({ phi: relu, depth, gateBias: b, sigmaW2, gateSigma2: g, width });
      holds(
        m,
        { ...law(bias, gateSigma2), band: law(bias, gateSigma2).band * 0.7 },
        [law(bias - 1.2, gateSigma2), law(bias, gateSigma2 + 3)],
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
    const { explodes, helps } = highwayThresholds(sigmoid(-2));
    expect(gain(-2, explodes)).toBeCloseTo(1, 12);
    expect(gain(-2, helps)).toBeCloseTo(helps, 12);
    expect(explodes).toBeCloseTo(15.8, 1);
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
