import { describe, expect, it } from "vitest";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import { ACTIVATIONS } from "../../src/nn/layers/activation.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";

/** Input and output of a network on a batch of N(0, 1). */
function run(spec: NetSpec, batch = 5, options: { dropoutSeed?: number } = {}): { x: Tensor; y: Tensor } {
  const bound = bind(buildNet({ ...spec, dtype: "float64" }), { dims: { N: batch }, ...options });
  const { shape } = bound.graph.types.get("input")!;
  const random = stream(8, "closed forms");
  const x = tensor(
    "float64",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
  );
  return { x, y: evaluateGraph(bound.graph, new Map([["input", x]])).get(bound.graph.outputs[0]!)! };
}

const close = (got: ArrayLike<number>, want: ArrayLike<number>, relative = 1e-12): void => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i]! - want[i]!)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(want[i]!)));
};

const trunk = { width: 6, classes: null };
const branches: readonly NetSpec[] = [
  { arch: "residual-mlp", depth: 4, norm: "layer", branch: "norm-act-weight", ...trunk },
  { arch: "residual-mlp", depth: 4, branch: "weight-act-weight", ...trunk },
];

describe("networks whose output is known", () => {
  it("identity weights and activations pass x on, √σ_w² a layer", () => {
    const one = run({ arch: "mlp", depth: 7, activation: "identity", init: "identity", ...trunk });
    close(one.y.data, one.x.data);
    const half = run({ arch: "mlp", depth: 3, activation: "identity", init: { scheme: "identity", weightVariance: 0.25 }, ...trunk });
    close(
      half.y.data,
      Array.from(half.x.data, (v) => v / 8),
    );
    for (const padding of ["zeros", "circular"]) {
      const maps = run({
        arch: "plain-conv",
        depth: 3,
        activation: "identity",
        init: "identity",
        width: 3,
        classes: null,
        input: [3, 4, 4],
        padding,
      });
      close(maps.y.data, maps.x.data);
    }
  });

  it("closed branches leave x as it is, whatever closes them", () => {
    for (const spec of branches) {
      for (const closed of [{ branchScale: 0 }, { branchScale: { trained: 0 } }, { init: "fixup" }]) {
        const { x, y } = run({ ...spec, ...closed });
        close(y.data, x.data);
      }
    }
    const zeroed = run({ arch: "residual-mlp", depth: 4, norm: "batch", branch: "act-weight-norm", zeroGamma: true, ...trunk });
    close(zeroed.y.data, zeroed.x.data);
  });

  it("a shortcut scaled by λ passes λ^L of x", () => {
    const { x, y } = run({ arch: "residual-mlp", depth: 5, branchScale: 0, skipScale: 0.5, ...trunk });
    close(
      y.data,
      Array.from(x.data, (v) => v / 32),
    );
  });

  it("identity branches grow x by 1 + α a block, α as it is named", () => {
    const spec = { arch: "residual-mlp", depth: 4, activation: "identity", branch: "act-weight", init: "identity", ...trunk };
    for (const [branchScale, alpha] of [
      [1, 1],
      ["1/sqrt(L)", 0.5],
      ["1/L", 0.25],
      [{ trained: 0.1 }, 0.1],
    ] as const) {
      const { x, y } = run({ ...spec, branchScale });
      close(
        y.data,
        Array.from(x.data, (v) => v * (1 + alpha) ** 4),
      );
    }
  });

  it("a Highway layer of identities mixes x with itself; a shut one carries it", () => {
    const { x, y } = run({ arch: "highway", depth: 5, gateBias: -60, ...trunk });
    close(y.data, x.data, 1e-10);
    const mixed = run({ arch: "highway", depth: 2, activation: "identity", init: "identity", gateBias: 0, ...trunk });
    close(mixed.y.data, mixed.x.data);
  });

  it("a gate of an exclusive-gate shortcut at b = ±60 opens one side only", () => {
    const spec = { arch: "residual-mlp", depth: 3, branch: "act-weight", skip: "exclusive-gate", ...trunk };
    const shut = run({ ...spec, gateBias: -60 });
    close(shut.y.data, shut.x.data, 1e-10);
    const open = run({ ...spec, gateBias: 60 });
    const plain = run({ ...spec, skip: "none" });
    close(open.y.data, plain.y.data, 1e-10);
  });

  it("a dropout shortcut is the identity until a seed of masks is given; then it drops its share", () => {
    const spec = { arch: "residual-mlp", depth: 1, branchScale: 0, skip: "dropout", dropout: 0.25, ...trunk, width: 400 };
    const still = run(spec);
    close(still.y.data, still.x.data);
    const { x, y } = run(spec, 5, { dropoutSeed: 1 });
    let dropped = 0;
    y.data.forEach((v, i) => {
      if (v === 0) dropped++;
      else expect(v).toBeCloseTo(x.data[i]! / 0.75, 12);
    });
    expect(Math.abs(dropped / 2000 - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / 2000));
  });

  it("shortcuts that pad keep every other place and put new channels between zeros", () => {
    const { y, x } = run(
      { arch: "resnet-cifar", depth: 8, width: 3, norm: "none", init: "fixup", order: "relu-only-pre-activation", input: [3, 8, 8], classes: null },
      1,
    );
    expect(y.shape).toEqual([1, 12, 2, 2]);
    // The stem is not the identity, but all that follows only moves its output: the outer channels are zero.
    const channel = (c: number): readonly number[] => Array.from(y.data).slice(4 * c, 4 * c + 4);
    const kept = Array.from({ length: 12 }, (_, c) => channel(c).some((v) => v !== 0));
    expect(kept.filter(Boolean).length).toBe(3);
    expect(kept[0]).toBe(false);
    expect(kept[11]).toBe(false);
    expect(x.shape).toEqual([1, 3, 8, 8]);
  });

  it("piecewise linear and parametric activations are what they say", () => {
    const one = (activation: unknown): { x: Tensor; y: Tensor } => run({ arch: "mlp", depth: 1, activation, init: "identity", ...trunk });
    const points = [
      [-1, 0.5],
      [0.25, -0.5],
      [1, 1],
    ] as const;
    const { x, y } = one({ name: "piecewise", points, before: 2, after: -1 });
    const want = (v: number): number => (v < -1 ? 0.5 + 2 * (v + 1) : v < 0.25 ? 0.5 - 0.8 * (v + 1) : v < 1 ? -0.5 + 2 * (v - 0.25) : 1 - (v - 1));
    close(y.data, Array.from(x.data, want));
    const leaky = one({ name: "leaky", alpha: 0.3 });
    close(
      leaky.y.data,
      Array.from(leaky.x.data, (v) => (v < 0 ? Math.fround(0.3) * v : v)),
    );
  });

  it("every activation is the function of its name", () => {
    const sigma = (v: number): number => 1 / (1 + Math.exp(-v));
    const clip = (low: number, v: number, high: number): number => Math.min(high, Math.max(low, v));
    const FUNCTIONS: Readonly<Record<string, (v: number) => number>> = {
      relu: (v) => Math.max(0, v),
      tanh: Math.tanh,
      sigmoid: sigma,
      identity: (v) => v,
      leaky: (v) => (v < 0 ? 0.01 * v : v),
      elu: (v) => (v < 0 ? Math.expm1(v) : v),
      selu: (v) => 1.0507009873554805 * (v < 0 ? 1.6732632423543772 * Math.expm1(v) : v),
      gelu: (v) => (v * (1 + erfBySeries(v / Math.SQRT2))) / 2,
      "gelu-tanh": (v) => (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
      silu: (v) => v * sigma(v),
      mish: (v) => v * Math.tanh(Math.log1p(Math.exp(v))),
      hardswish: (v) => v * clip(0, v / 6 + 0.5, 1),
      hardsigmoid: (v) => clip(0, v / 6 + 0.5, 1),
      hardtanh: (v) => clip(-1, v, 1),
      relu6: (v) => clip(0, v, 6),
      softplus: (v) => Math.log1p(Math.exp(v)),
      softsign: (v) => v / (1 + Math.abs(v)),
      sin: Math.sin,
      erf: erfBySeries,
      abs: Math.abs,
    };
    expect(Object.keys(FUNCTIONS).sort()).toEqual([...ACTIVATIONS].sort());
    for (const activation of ACTIVATIONS) {
      const { x, y } = run({ arch: "mlp", depth: 1, activation, init: "identity", ...trunk });
      // Attributes are stored in single precision.
      close(y.data, Array.from(x.data, FUNCTIONS[activation]!), 1e-7);
    }
  });

  it("unrolled recurrent networks compute what the node does", () => {
    for (const cell of ["elman", "lstm", "gru"]) {
      const spec = { arch: "rnn", cell, length: 6, layers: 2, width: 4, input: 3, forgetBias: 0.5, init: { scheme: "glorot", biasVariance: 0.2 } };
      close(run({ ...spec, unrolled: true }).y.data, run(spec).y.data);
    }
  });

  it("a normaliser-free network's blocks have the variance that β expects", () => {
    // γ by the trapezoid rule for the activations that the field's description names.
    const gamma = (phi: (z: number) => number): number => {
      let [mean, square] = [0, 0];
      const h = 1e-3;
      for (let z = -12; z <= 12; z += h) {
        const w = (h * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
        [mean, square] = [mean + w * phi(z), square + w * phi(z) ** 2];
      }
      return 1 / Math.sqrt(square - mean ** 2);
    };
    expect(gamma((z) => Math.max(0, z))).toBeCloseTo(Math.sqrt(2 / (1 - 1 / Math.PI)), 6);
    expect(gamma(Math.tanh)).toBeCloseTo(1.5925, 4);
    expect(gamma((z) => z / (1 + Math.exp(-z)))).toBeCloseTo(1.7872, 4);
    expect(gamma((z) => (z * (1 + erfBySeries(z / Math.SQRT2))) / 2)).toBeCloseTo(1.7009, 4);
    const { y } = run(
      {
        arch: "nf-resnet",
        units: [4],
        bottleneck: false,
        stem: "cifar",
        width: 64,
        input: [3, 8, 8],
        classes: null,
        padding: "circular",
        alpha: 0.5,
      },
      8,
    );
    const values = Array.from(y.data);
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length;
    // 1 + 4·α²; at this width the last blocks' draws spread it by about a tenth.
    expect(variance).toBeGreaterThan(1.6);
    expect(variance).toBeLessThan(2.4);
  });
});

function erfBySeries(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let k = 1; k < 200; k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
