import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { flowThrough } from "../../src/probe/check-readings.js";
import { measure } from "../../src/probe/measure.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { structureOf } from "../../src/structure/structure.js";
import { ACTIVATION_NAMES, activation } from "../../src/theory/activation.js";
import { elementwise } from "../../src/theory/elementwise.js";
import { laws } from "../../src/theory/laws.js";
import { moments } from "../../src/theory/moments.js";
import { propagate } from "../../src/theory/propagate.js";
import type { Propagation } from "../../src/theory/propagate.js";
import { stream } from "../../src/util/random.js";

function built(spec: NetSpec, examples: number): Bound {
  const model = buildNet({ dtype: "float64", ...spec });
  return bind(model, { dims: { N: examples } });
}

const predicted = (bound: Bound): Propagation => propagate(bound, structureOf(bound, bound.graph.outputs[0]!));

/** Mean over seeds of ln ‖g‖² (relative to the last cut) and of ln mean x² at the cuts, by our own gradients in float64; and the mean prediction. */
async function both(
  spec: NetSpec,
  examples: number,
  seeds: number,
): Promise<{ readonly rows: readonly Row[]; readonly breaks: Propagation["breaks"] }> {
  const sums: { gradient: number; square: number; lawGradient: number | null; lawSquare: number | null; segment: number; name: string }[] = [];
  let breaks: Propagation["breaks"] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const bound = built({ ...spec, seed }, examples);
    const structure = structureOf(bound, bound.graph.outputs[0]!);
    const random = stream(seed, "input");
    const input = bound.graph.inputs[0]!;
    const shape = bound.graph.types.get(input.name)!.shape;
    const size = shape.reduce((n, d) => n * d, 1);
    const batch = new Map([
      [
        input.name,
        tensor(
          "float64",
          shape,
          Float64Array.from({ length: size }, (_, i) => random.normal(i)),
        ),
      ],
    ]);
    const measured = await measure({
      bound,
      structure,
      request: { examples },
      batches: [batch],
      runtime: referenceRuntime(),
      seed,
      memoryLimit: 2 ** 30,
    });
    const p = propagate(bound, structure);
    breaks = p.breaks;
    const lnSum = (v: readonly number[]): number => Math.log(v.reduce((s, x) => s + Math.exp(x), 0));
    const cuts = structure.trunk.map((_, i) => flowThrough(measured, i));
    const last = lnSum(cuts.at(-1)!.lnGradientSquares!);
    cuts.forEach((c, i) => {
      const at = (sums[i] ??= { gradient: 0, square: 0, lawGradient: 0, lawSquare: 0, segment: p.cuts[i]!.segment, name: p.cuts[i]!.name });
      at.gradient += (c.lnGradientSquares ? lnSum(c.lnGradientSquares) - last : NaN) / seeds;
      at.square += (lnSum(c.activation.lnSquares) - Math.log(c.activation.elements * c.activation.lnSquares.length)) / seeds;
      const cut = p.cuts[i]!;
      at.lawGradient = cut.lnGradientSquare === null || at.lawGradient === null ? null : at.lawGradient + cut.lnGradientSquare / seeds;
      at.lawSquare = cut.lnMeanSquare === null || at.lawSquare === null ? null : at.lawSquare + cut.lnMeanSquare / seeds;
    });
  }
  return { rows: sums, breaks };
}

interface Row {
  readonly name: string;
  readonly gradient: number;
  readonly square: number;
  readonly lawGradient: number | null;
  readonly lawSquare: number | null;
  readonly segment: number;
}

/** The largest miss of the prediction over the cuts. */
const worst = (rows: readonly Row[]): { readonly gradient: number; readonly square: number } => ({
  gradient: Math.max(...rows.map((r) => Math.abs(r.gradient - r.lawGradient!))),
  square: Math.max(...rows.map((r) => Math.abs(r.square - r.lawSquare!))),
});

describe("functions of single elements, from a graph", () => {
  const node = (op: string, inputs: readonly string[], output: string, attrs = {}) => ({
    op,
    domain: "",
    name: output,
    inputs,
    outputs: [output],
    attrs,
  });
  const constants = new Map(
    [
      ["c-1", -1],
      ["c1", 1],
      ["c3", 3],
      ["c0", 0],
      ["c6", 6],
    ].map(([k, v]) => [k as string, tensor("float64", [], [v as number])]),
  );

  it("have the moments of the theory's own activations, sampled from the ops' evaluate and gradient rules", () => {
    const cases = {
      relu: [node("Relu", ["x"], "y")],
      tanh: [node("Tanh", ["x"], "y")],
      sin: [node("Sin", ["x"], "y")],
      silu: [node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"], "y")],
      mish: [node("Softplus", ["x"], "s"), node("Tanh", ["s"], "t"), node("Mul", ["x", "t"], "y")],
      hardtanh: [node("Clip", ["x", "c-1", "c1"], "y")],
      hardswish: [node("Add", ["x", "c3"], "a"), node("Clip", ["a", "c0", "c6"], "b"), node("Mul", ["x", "b"], "m"), node("Div", ["m", "c6"], "y")],
      softsign: [node("Softsign", ["x"], "y")],
      selu: [node("Selu", ["x"], "y")],
    };
    for (const [name, nodes] of Object.entries(cases)) {
      expect(ACTIVATION_NAMES).toContain(name);
      const f = elementwise(nodes, "x", "y", (v) => constants.get(v));
      if ("unknown" in f) throw new Error(f.unknown);
      const own = activation(name);
      expect(f.kinks.length, name).toBe(name === "softsign" ? f.kinks.length : own.kinks.length);
      for (const q of [0.05, 1, 60]) {
        const [a, b] = [moments(f, q), moments(own, q)];
        for (const key of ["square", "slope", "mean"] as const)
          expect(Math.abs(a[key] - b[key]), `${name} ${key} ${q}`).toBeLessThan(2e-6 * (1 + Math.abs(b[key])));
      }
    }
  });

  it("are refused where they are none", () => {
    expect(elementwise([node("Softmax", ["x"], "y")], "x", "y", () => undefined)).toMatchObject({ unknown: expect.stringContaining("Softmax") });
    expect(elementwise([node("Mul", ["x", "z"], "y")], "x", "y", () => undefined)).toMatchObject({
      unknown: expect.stringContaining("second activation"),
    });
    const slopes = tensor("float64", [2], [0.1, 0.3]);
    expect(elementwise([node("PRelu", ["x", "w"], "y")], "x", "y", () => slopes)).toMatchObject({ unknown: expect.stringContaining("channel") });
  });
});

describe("theory as an interpreter of a graph", () => {
  it("gives the plain law when the weights have the second moments that were asked for", () => {
    for (const name of ["relu", "tanh", "sin", "mish", "hardswish"]) {
      const bound = built({ arch: "mlp", depth: 6, width: 200, activation: name, classes: null }, 2);
      const p = predicted(bound);
      expect(p.breaks).toEqual([]);
      const weights = [...bound.graph.initializers]
        .filter(([, t]) => t.shape.length === 2)
        .map(([, t]) => (200 * (t.data as Float64Array).reduce((s, w) => s + w * w, 0)) / t.data.length);
      const law = laws.plain({ phi: activation(name), sigmaW2: weights, depth: 6 });
      expect(p.cuts[0]!.lnGradientSquare!).toBeCloseTo(law.lnExpected, 6);
      expect(p.cuts.at(-1)!.lnMeanSquare!).toBeCloseTo(law.profile!.at(-1)!.lnMeanSquare, 6);
    }
  });

  it("agrees with measured profiles of networks built from specs, and a wrong network does not", async () => {
    const cases: readonly (readonly [NetSpec, number, number])[] = [
      [{ arch: "mlp", depth: 6, width: 96, activation: "mish", classes: null }, 6, 0.35],
      [{ arch: "mlp", depth: 6, width: 64, norm: "batch", classes: null }, 16, 0.3],
      [{ arch: "mlp", depth: 6, width: 128, norm: "layer", layer: "weight-act-norm", classes: null }, 6, 0.35],
      [{ arch: "highway", depth: 8, width: 64, classes: null }, 6, 0.35],
      [{ arch: "residual-mlp", depth: 6, width: 64, classes: null }, 6, 0.4],
      [
        {
          arch: "mlp",
          depth: 6,
          width: 80,
          classes: null,
          activation: {
            name: "piecewise",
            points: [
              [-1, -0.4],
              [0.5, 0.6],
              [2, 0],
            ],
            before: 0.1,
            after: 1.2,
          },
        },
        6,
        0.35,
      ],
    ];
    for (const [spec, examples, tolerance] of cases) {
      const { rows, breaks } = await both(spec, examples, 4);
      expect(breaks).toEqual([]);
      const miss = worst(rows);
      expect(miss.gradient, JSON.stringify(spec)).toBeLessThan(tolerance);
      expect(miss.square, JSON.stringify(spec)).toBeLessThan(tolerance);
    }
    const { rows } = await both({ arch: "mlp", depth: 8, width: 96, activation: "relu", init: { scheme: "he" }, classes: null }, 6, 4);
    const other = predicted(built({ arch: "mlp", depth: 8, width: 96, activation: "sigmoid", init: { scheme: "he" }, classes: null }, 6));
    expect(Math.abs(other.cuts[0]!.lnGradientSquare! - rows[0]!.gradient)).toBeGreaterThan(1);
  });

  it("knows what zero padding costs a convolutional net", async () => {
    const { rows, breaks } = await both({ arch: "plain-conv", depth: 5, width: 12, input: [3, 6, 6], classes: null }, 3, 4);
    expect(breaks.length).toBeLessThan(2);
    const known = rows.filter((r) => r.lawGradient !== null && r.segment === rows[0]!.segment);
    const measured = known[0]!.gradient - known.at(-1)!.gradient;
    const law = known[0]!.lawGradient! - known.at(-1)!.lawGradient!;
    expect(Math.abs(measured - law)).toBeLessThan(0.5);
  });

  it("says where its assumptions break, and goes on behind", () => {
    const v1 = predicted(built({ arch: "resnet-cifar" }, 4));
    expect(v1.breaks.length).toBeGreaterThan(0);
    expect(v1.breaks[0]!.reason).toContain("not Gaussian");
    expect(v1.cuts.some((c) => c.lnMeanSquare === null)).toBe(true);
    expect(new Set(v1.cuts.map((c) => c.segment)).size).toBeGreaterThan(1);
    const trained = built({ arch: "mlp", depth: 3, width: 32, classes: null }, 2);
    const [name, weight] = [...trained.graph.initializers].find(([, t]) => t.shape.length === 2)!;
    const moved = { ...weight, data: (weight.data as Float64Array).map((w) => w + 0.3) };
    const graph = { ...trained.graph, initializers: new Map([...trained.graph.initializers, [name, moved]]) };
    expect(predicted({ ...trained, graph }).breaks[0]!.reason).toContain("mean");
  });
});
