import { readFileSync } from "node:fs";
import { activation } from "../../src/theory/activation.js";
import { laws } from "../../src/theory/laws.js";
import { doubleBranch, normBranch, singleBranch } from "../../src/theory/laws/residual.js";
import type { ResidualNet } from "../../src/theory/laws/residual.js";
import { isKnown } from "../../src/theory/prediction.js";
import type { Prediction, Unknown } from "../../src/theory/prediction.js";

/** A measured number and its standard error. */
export interface Measured {
  readonly value: number;
  readonly error: number;
}

/** A law at stated sizes, beside what independent code measured there: tools/fixtures/make_law_truth.py. */
export interface Anchor {
  /** Section of docs/laws.md. */
  readonly law: string;
  /** The network, sizes included. */
  readonly net: string;
  /** What the numbers are. */
  readonly what: "ln G" | "factor a layer" | "exponent" | "variance of ln G" | "s_max²" | "cosine" | "ln ‖∂W‖" | "ln G, difference" | "correlation";
  readonly measured: Measured;
  readonly predicted: number;
  /** How far a finite network may lie from the law, by the law itself. */
  readonly band: number;
  /** What was recalled or published for it, where that was a number. */
  readonly recalled?: string;
}

interface Truth {
  readonly cases: Readonly<Record<string, { readonly mean: number; readonly error: number; readonly variance: number; readonly seeds: number }>>;
  readonly correlations: Readonly<Record<string, { readonly mean: readonly number[]; readonly error: readonly number[] }>>;
}

export const truth: Truth = JSON.parse(readFileSync(new URL("../fixtures/laws.json", import.meta.url), "utf8")) as Truth;

const at = (name: string): Measured => {
  const c = truth.cases[name];
  if (!c) throw new Error(`test/fixtures/laws.json has no case "${name}"`);
  return { value: c.mean, error: c.error };
};
/** (b − a)/by. */
const slope = (a: string, b: string, by: number): Measured => ({
  value: (at(b).value - at(a).value) / by,
  error: Math.hypot(at(a).error, at(b).error) / by,
});
const exp = (m: Measured): Measured => ({ value: Math.exp(m.value), error: Math.exp(m.value) * m.error });
const known = (p: Prediction | Unknown): Prediction => {
  if (!isKnown(p)) throw new Error(p.unknown);
  return p;
};
const relu = activation("relu");
const tanh = activation("tanh");

/** ln G of a case against a prediction's mean logarithm. */
const total = (law: string, name: string, p: Prediction | Unknown, recalled?: string): Anchor => ({
  law,
  net: name,
  what: "ln G",
  measured: at(name),
  predicted: known(p).meanLn,
  band: known(p).band,
  ...(recalled === undefined ? {} : { recalled }),
});
const residual = (net: ResidualNet, width = 256): Prediction => known(laws.residual({ ...net, width }));

function plain(): readonly Anchor[] {
  const net = (sigmaW2: number, width: number, depth: number): Prediction => laws.plain({ phi: relu, sigmaW2, width, depth });
  const hanin = "plain relu, one example, n=100, L=50";
  return [
    total("plain", "plain relu, σ_w²=2, n=512, L=40", net(2, 512, 40), "1 a layer"),
    total("plain", "plain relu, σ_w²=2.5, n=512, L=40", net(2.5, 512, 40), "1.25 a layer"),
    total("plain", "plain relu, σ_w²=4, n=256, L=50", net(4, 256, 50), "10^15"),
    total("plain", "plain relu, σ_w²=4, n=256, L=100", net(4, 256, 100), "10^30"),
    total("plain", hanin, net(2, 100, 50), "−1.25"),
    {
      law: "plain",
      net: hanin,
      what: "variance of ln G",
      measured: { value: truth.cases[hanin]!.variance, error: truth.cases[hanin]!.variance * Math.sqrt(2 / truth.cases[hanin]!.seeds) },
      predicted: net(2, 100, 50).sdLn! ** 2,
      band: 0.1,
      recalled: "2.5",
    },
    ...(
      [
        [4, 0],
        [1.761, 0.05],
        [1.3, 0.05],
      ] as const
    ).map(([w, b]) =>
      total("plain", `plain tanh, σ_w²=${w}, σ_b²=${b}, n=512, L=40`, laws.plain({ phi: tanh, sigmaW2: w, sigmaB2: b, width: 512, depth: 40 })),
    ),
  ];
}

function batchNorm(): readonly Anchor[] {
  const rate = (
    name: (depth: number) => string,
    [from, to]: readonly [number, number],
    net: Parameters<typeof laws.batchNormGain>[0],
    recalled: string,
  ): Anchor => {
    const gain = laws.batchNormGain(net);
    if ("unknown" in gain) throw new Error(gain.unknown);
    // A finite width takes off up to 5/(2n) in ln, as of a plain network's one example: 1.466, 1.471, 1.476 at n = 100, 400, 800 and N = 128.
    const fanIn = name(1).includes("conv") ? 9 * 64 : 400;
    return {
      law: "batch norm",
      net: name(to),
      what: "factor a layer",
      measured: exp(slope(name(from), name(to), to - from)),
      predicted: gain.gain,
      band: (2.5 / fanIn) * gain.gain,
      recalled,
    };
  };
  const dense = (phi: string, order: string, batch: number) => (depth: number) => `batch norm, ${phi}, ${order}, N=${batch}, n=400, L=${depth}`;
  const identity = (batch: number) => (depth: number) => `batch norm, identity, N=${batch}, n=400, L=${depth}`;
  const scaled = (s: string): Anchor => ({
    law: "batch norm",
    net: `batch norm, relu, weights ×${s}, N=128, n=400, L=25`,
    what: "ln G, difference",
    measured: { value: at(`batch norm, relu, weights ×${s}, N=128, n=400, L=25`).value - at(dense("relu", "norm-act", 128)(25)).value, error: 0 },
    predicted: 0,
    band: 1e-9,
    recalled: "unchanged",
  });
  return [
    rate(dense("relu", "norm-act", 128), [5, 25], { phi: relu, order: "norm-act", batch: 128 }, "1.4729 ± .003"),
    rate(dense("relu", "act-norm", 128), [5, 25], { phi: relu, order: "act-norm", batch: 128 }, "1.4900 ± .003"),
    rate(dense("relu", "norm-act", 32), [5, 25], { phi: relu, order: "norm-act", batch: 32 }, "1.51 to 1.53"),
    rate(dense("tanh", "norm-act", 128), [5, 25], { phi: tanh, order: "norm-act", batch: 128 }, "1.190"),
    rate(dense("tanh", "act-norm", 128), [5, 25], { phi: tanh, order: "act-norm", batch: 128, sigmaW2: 2 }, "1.351"),
    rate(identity(6), [2, 22], { phi: activation("identity"), order: "norm-act", batch: 6 }, "1.3285 ((N−2)/(N−3) = 1.3333)"),
    rate(identity(8), [2, 22], { phi: activation("identity"), order: "norm-act", batch: 8 }, "1.1885 (1.2000)"),
    rate(
      (depth) => `batch norm, conv 3×3 circular, relu, N=16 of 8×8, 64 channels, L=${depth}`,
      [3, 12],
      { phi: relu, order: "norm-act" },
      "1.469 ± .004",
    ),
    scaled("0.02"),
    scaled("200"),
  ];
}

function residuals(): readonly Anchor[] {
  const one = singleBranch(relu);
  const inside = (k: number, depth: number): ResidualNet => ({ branch: normBranch(relu, "batch", k), depth, batch: 64 });
  const named = (k: number, depth: number): string => `skip with ${k} batch norm${k > 1 ? "s" : ""} inside, N=64, n=256, L=${depth}`;
  const exponent = (k: number, from: number, to: number, recalled: string): Anchor => {
    const by = Math.log(to / from);
    const predicted = (residual(inside(k, to)).meanLn - residual(inside(k, from)).meanLn) / by;
    return {
      law: "skip",
      net: `${named(k, to)} over L=${from}`,
      what: "exponent",
      measured: slope(named(k, from), named(k, to), by),
      predicted,
      band: 0.03 * predicted,
      recalled,
    };
  };
  const trunk = (depth: number): string => `batch norm on the trunk, N=128, n=256, L=${depth}`;
  return [
    total("skip", "bare skip, relu, n=256, L=50", residual({ branch: one, depth: 50 }), "2^50 = 10^15"),
    total("skip", "bare skip, relu, n=256, L=100", residual({ branch: one, depth: 100 }), "2^100 = 10^30"),
    total("skip", "skip with two matrices, relu, n=256, L=50", residual({ branch: doubleBranch(relu, 2, 2), depth: 50 }), "(1 + g)^L, g = 2"),
    total("skip", "skip × 1/√L, relu, n=256, L=50", residual({ branch: one, depth: 50, branchScale: 50 ** -0.5 }), "ln 2.69"),
    total("skip", "skip × 1/L, relu, n=256, L=50", residual({ branch: one, depth: 50, branchScale: 1 / 50 }), "ln 1.01"),
    ...([10, 30, 100, 200] as const).map((depth) => total("skip", named(1, depth), residual(inside(1, depth)))),
    ...([2, 3] as const).flatMap((k) => ([10, 30, 100] as const).map((depth) => total("skip", named(k, depth), residual(inside(k, depth))))),
    exponent(1, 10, 200, "1.43 to 1.45"),
    exponent(2, 10, 100, "2.12"),
    exponent(3, 10, 100, "3.13"),
    ...([25, 50, 100, 200] as const).map((depth, i) =>
      total(
        "skip",
        `skip with tanh branch, n=256, L=${depth}`,
        residual({ branch: doubleBranch(tanh, 1, 1), depth }),
        ["4.76", "7.18", "10.50", "15.03"][i],
      ),
    ),
    {
      law: "skip",
      net: trunk(25),
      what: "factor a layer",
      measured: exp(slope(trunk(5), trunk(25), 20)),
      predicted: Math.exp(
        (known(laws.residual({ branch: one, depth: 25, trunkNorm: "batch", batch: 128 })).meanLn -
          known(laws.residual({ branch: one, depth: 5, trunkNorm: "batch", batch: 128 })).meanLn) /
          20,
      ),
      band: 0.006,
      recalled: "1.203 (1.189 for N → ∞)",
    },
    ...([10, 50, 100] as const).map((depth, i): Anchor => {
      const name = `skip cosine, α=1/√L, n=256, L=${depth}`;
      const predicted = laws.skipCosine(residual({ branch: one, depth, branchScale: depth ** -0.5 }));
      return { law: "skip", net: name, what: "cosine", measured: at(name), predicted, band: 0.005, recalled: [".617", ".609", ".608"][i]! };
    }),
  ];
}

function norms(): readonly Anchor[] {
  const v1 = (norms: 1 | 2, depth: number): string => `resnet v1, ${norms} norm${norms > 1 ? "s" : ""}, N=128, n=256, L=${depth}`;
  const recalled: Readonly<Record<string, string>> = { "1 10": "ln 14", "1 50": "ln 188", "1 100": "ln 571" };
  const slopeOf = (n: 1 | 2, from: number, to: number, said: string): Anchor => {
    const by = Math.log(to / from);
    const predicted = (laws.resNetV1({ depth: to, norms: n }).lnExpected - laws.resNetV1({ depth: from, norms: n }).lnExpected) / by;
    return {
      law: "ResNet v1",
      net: `${v1(n, to)} over L=${from}`,
      what: "exponent",
      measured: slope(v1(n, from), v1(n, to), by),
      predicted,
      band: 0.05 * predicted,
      recalled: said,
    };
  };
  const last = (depth: number): string => `last layer's weights, pre-LN, n=256, L=${depth}`;
  const lastLaw = (depth: number): number => {
    const l = laws.lastLayerNorm({ phi: relu, placement: "pre", depth });
    return "lnNorm" in l ? l.lnNorm : NaN;
  };
  const placed = (placement: "pre" | "post", depth: number, width = 256): Prediction => known(laws.placed({ phi: relu, placement, depth, width }));
  return [
    ...([1, 2] as const).flatMap((n) =>
      (n === 1 ? [10, 50, 100, 200] : [10, 30, 100]).map((depth) => {
        const said = recalled[`${n} ${depth}`];
        return total("ResNet v1", v1(n, depth), laws.resNetV1({ depth, norms: n }), said);
      }),
    ),
    slopeOf(1, 50, 200, "1.62"),
    slopeOf(2, 30, 100, "2.64"),
    ...([10, 50, 100] as const).map((depth, i) =>
      total("layer norm", `pre-LN, relu, n=256, L=${depth}`, placed("pre", depth), ["ln 11.0", "ln 51.3", "ln 101.0"][i]),
    ),
    total("layer norm", "post-LN, relu, n=256, L=50", placed("post", 50), "ln 1.00"),
    total("layer norm", "post-LN, relu, n=1024, L=50", placed("post", 50, 1024), "ln 1.00"),
    ...([12, 24, 48, 96] as const).map((depth): Anchor => ({
      law: "layer norm",
      net: `${last(depth)} over L=6`,
      what: "ln ‖∂W‖",
      measured: slope(last(6), last(depth), 1),
      predicted: lastLaw(depth) - lastLaw(6),
      band: 0.05,
      ...(depth === 96 ? { recalled: "ln 21/67 = −1.16" } : {}),
    })),
    {
      law: "layer norm",
      net: "last layer's weights, post-LN, n=256, L=96 over L=6",
      what: "ln ‖∂W‖",
      measured: slope("last layer's weights, post-LN, n=256, L=6", "last layer's weights, post-LN, n=256, L=96", 1),
      predicted: 0,
      band: 0.05,
      recalled: "constant",
    },
  ];
}

function others(): readonly Anchor[] {
  const highway = (chi: number, bias: number, width: number, depth: number, recalled: string): Anchor =>
    total(
      "Highway",
      `highway, χ=${chi}, b=${bias}, n=${width}, L=${depth}`,
      laws.highway({ phi: relu, depth, gateBias: bias, sigmaW2: 2 * chi, width }),
      recalled,
    );
  const product = (depth: number, recalled: string): Anchor => {
    const name = `gaussian product, n=200, L=${depth}`;
    const law = laws.gaussianProduct(depth, 200);
    return { law: "other", net: name, what: "s_max²", measured: at(name), predicted: law.expected, band: law.band, recalled };
  };
  const shattered = (kind: "plain" | "residual", recalled: string): Anchor => {
    const name = `shattering, ${kind}, n=512, L=5`;
    return {
      law: "other",
      net: name,
      what: "correlation",
      measured: at(name),
      predicted: laws.shattering({ phi: relu, depth: 5, kind })[5]!,
      band: 0.01,
      recalled,
    };
  };
  const border = (size: number): Anchor => {
    const name = `zero padding over circular, ${size}×${size}, L=8`;
    return {
      law: "other",
      net: name,
      what: "ln G, difference",
      measured: at(name),
      predicted: laws.borderEffect({ sizes: [size, size], depth: 8 }).lnFactor,
      band: 0.1,
    };
  };
  return [
    highway(4, -1, 512, 10, "−1.94"),
    highway(4, -2, 1024, 10, "−1.83"),
    highway(4, -1, 128, 40, "−7.75"),
    highway(4, -1, 512, 40, "−7.75"),
    highway(1, -1, 128, 40, "−20.0"),
    highway(1, -1, 512, 40, "−20.0"),
    highway(20, -3, 128, 40, "−1.95"),
    highway(4, -2, 128, 100, "−18.3"),
    total(
      "other",
      "rnn tanh, σ_w²=2.2, input .3, n=300, T=30",
      laws.recurrent({ phi: tanh, sigmaW2: 2.2, steps: 30, inputVariance: 0.3, width: 300 }),
    ),
    product(2, "6.40 (edge 6.75)"),
    product(5, "13.5 (edge 14.93)"),
    shattered("plain", ".105"),
    shattered("residual", ".310"),
    border(4),
    border(8),
    border(16),
  ];
}

/** Every anchor, in the order of docs/laws.md. */
export const ANCHORS: readonly Anchor[] = [...plain(), ...batchNorm(), ...residuals(), ...norms(), ...others()];

/** Whether a measured number is the law's, give or take four standard errors and the law's band. */
export const holds = ({ measured, predicted, band }: Anchor): boolean => Math.abs(measured.value - predicted) <= 4 * measured.error + band;
