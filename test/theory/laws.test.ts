import { describe, expect, it } from "vitest";
import { activation, piecewiseLinear } from "../../src/theory/activation.js";
import type { Activation } from "../../src/theory/activation.js";
import { holds, known } from "./holds.js";
import { laws } from "../../src/theory/laws.js";
import { doubleBranch, normBranch, saturatingAsymptote, singleBranch } from "../../src/theory/laws/residual.js";
import type { ResidualNet } from "../../src/theory/laws/residual.js";
import { deepNormScales } from "../../src/theory/laws/transformer.js";
import type { Prediction, Unknown } from "../../src/theory/prediction.js";
import { simulate } from "./simulate.js";
import type { Rows, Tape } from "./simulate.js";

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
      const m = simulate(350, 1, width, chain(a, depth, w, b));
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
      const [a, b] = [gain(40) - gain(), gain(160) - gain()];
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
