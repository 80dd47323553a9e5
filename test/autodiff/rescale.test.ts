import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { GraphBuilder } from "../../src/graph/builder.js";
import type { Graph } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { toFloat64 } from "../../src/passes/float64.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";
import { runOrt } from "../support/ort.js";

const draw = (name: string, shape: readonly number[], gain = 0.6, dtype: DType = "float64"): Tensor => {
  const random = stream(33, name);
  return tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(gain * random.normal(i))),
  );
};
const feedsOf = (g: Graph): Map<string, Tensor> => new Map(g.inputs.map((i) => [i.name, draw(i.name, g.types.get(i.name)!.shape)]));

interface Net {
  readonly b: GraphBuilder;
  /** A weight of this name and shape. */
  weight(name: string, shape: readonly number[], gain?: number): string;
  /** Puts a cut before the reversal of the node that made this value. */
  cut(value: string): void;
}

/** Builds a net, then compares its rescaled gradients times exp(logscale) with its plain ones, by all weights, inputs and `inner` values. */
function compare(make: (n: Net) => { readonly loss: string; readonly inner?: readonly string[] }): {
  readonly scales: ReadonlyMap<string, number>;
  readonly nodes: number;
  readonly plain: number;
} {
  const b = newBuilder();
  const names: string[] = [];
  const cuts = new Set<number>();
  const { loss, inner = [] } = make({
    b,
    weight: (name, shape, gain) => (names.push(name), b.initializer(name, draw(name, shape, gain), false)),
    cut: (value) => cuts.add(b.nodes.findIndex((n) => n.outputs.includes(value))),
  });
  b.outputs.push(loss);
  const graph = b.build("net");
  const wrt = [...names, ...graph.inputs.map((i) => i.name), ...inner];
  const feeds = feedsOf(graph);
  const plain = gradientGraph(graph, { loss, wrt });
  const scaled = gradientGraph(graph, { loss, wrt, rescaleAt: cuts });
  const [p, s] = [evaluateGraph(plain.graph, feeds), evaluateGraph(scaled.graph, feeds)];
  const scales = new Map<string, number>();
  for (const v of wrt) {
    const [g, h] = [p.get(plain.grads.get(v)!)!, s.get(scaled.grads.get(v)!)!];
    const log = scaled.logScales.get(v);
    const factor = log === undefined ? 1 : Math.exp(s.get(log)!.data[0]!);
    scales.set(v, Math.log(factor));
    const size = Math.sqrt(Array.from(g.data).reduce((q, x) => q + x * x, 0));
    g.data.forEach((x, i) => expect(Math.abs(h.data[i]! * factor - x), v).toBeLessThan(1e-12 * (size + 1e-300)));
  }
  return { scales, nodes: scaled.graph.nodes.length, plain: plain.graph.nodes.length };
}

const mean = (b: GraphBuilder, v: string): string =>
  b.reduceMean(
    b.square(v),
    b.shape(v).map((_, i) => i),
    false,
  );
const float = (...shape: number[]): { dtype: DType; shape: number[] } => ({ dtype: "float64", shape });

describe("a rescaled backward pass times exp(logscale) is the plain one", () => {
  it.each([0.05, 1, 5])("for an MLP cut at every layer (gain %f)", (gain) => {
    const { scales } = compare(({ b, weight, cut }) => {
      let h = b.input("x", float(3, 4));
      const inner: string[] = [];
      for (let i = 0; i < 12; i++) {
        h = b.op("Tanh", [b.add(b.matmul(h, weight(`W${i}`, [4, 4], gain)), weight(`b${i}`, [4], 0.1))]);
        cut(h);
        inner.push(h);
      }
      return { loss: mean(b, h), inner };
    });
    expect(Math.abs(scales.get("W0")!)).toBeGreaterThan(1);
  });

  it("without cuts", () => {
    const { scales, nodes, plain } = compare(({ b, weight }) => ({
      loss: mean(b, b.op("Tanh", [b.matmul(b.input("x", float(2, 3)), weight("W", [3, 3]))])),
    }));
    expect([scales.get("W"), nodes - plain]).toEqual([0, 0]);
  });

  it("with weights tied across cuts, and used outside them", () => {
    compare(({ b, weight, cut }) => {
      const [W, c] = [weight("W", [4, 4], 1.5), weight("c", [4])];
      let h = b.matmul(b.input("x", float(3, 4)), b.swap(W));
      for (let i = 0; i < 8; i++) {
        h = b.op("Sin", [b.add(b.matmul(h, W), c)]);
        cut(h);
      }
      return { loss: b.add(mean(b, b.matmul(h, W)), mean(b, W)) };
    });
  });

  it("with residuals, long skips and dense concatenation", () => {
    compare(({ b, weight, cut }) => {
      const x = b.input("x", float(3, 4));
      let h = b.op("Tanh", [x]);
      const kept: string[] = [];
      for (let i = 0; i < 6; i++) {
        h = b.add(h, b.op("Tanh", [b.matmul(h, weight(`W${i}`, [4, 4], 1.2))]));
        cut(h);
        kept.push(h);
      }
      let dense = h;
      for (let i = 0; i < 3; i++) {
        dense = b.concat([dense, b.op("Tanh", [b.matmul(dense, weight(`D${i}`, [b.shape(dense)[1]!, 4]))])], 1);
        cut(dense);
      }
      return { loss: b.add(mean(b, b.concat([dense, kept[0]!, kept[3]!, x], 1)), mean(b, b.mul(kept[1]!, kept[4]!))), inner: [...kept, dense] };
    });
  });

  it("for an LSTM cut at every hidden state, whose first contribution to R is zero", () => {
    const { nodes, plain } = compare(({ b, weight, cut }) => {
      const x = b.input("x", float(9, 2, 3));
      const ys = b.ops(
        "LSTM",
        [x, weight("W", [1, 12, 3]), weight("R", [1, 12, 3]), weight("B", [1, 24])],
        { hidden_size: 3 },
        { outputs: 2, name: "lstm" },
      );
      for (let t = 0; t < 9; t++) cut(`lstm/h_${t}`);
      return { loss: b.add(mean(b, ys[1]!), mean(b, ys[0]!)) };
    });
    expect(nodes).toBeLessThan(5 * plain);
  });

  it("for branches with several outputs, scalars, and values that only a constant depends on", () => {
    compare(({ b, weight, cut }) => {
      const s = weight("s", []);
      let h = b.mul(b.input("x", float(2, 6)), s);
      for (let i = 0; i < 4; i++) {
        const [p, q, r] = b.split(h, [1, 2, 3], 1);
        cut(q!);
        const u = b.op("Tanh", [b.mul(q!, s)]);
        cut(u);
        h = b.concat([b.mul(r!, b.exp(s)), b.op("Sin", [p!]), u], 1);
        cut(h);
      }
      return { loss: mean(b, h), inner: [h] };
    });
  });

  it("keeps contributions beside one of zeros whose scale is far larger", () => {
    // The use of W nearest the input meets an activation of zeros behind an explosion by 1e60.
    const { scales } = compare(({ b, weight, cut }) => {
      const W = weight("W", [2, 2]);
      let h = b.matmul(b.full(0, float(3, 2)), W);
      for (let i = 0; i < 6; i++) {
        h = b.scale(h, 1e10);
        cut(h);
      }
      return { loss: mean(b, b.add(b.op("Tanh", [h]), b.matmul(b.input("x", float(3, 2)), W))), inner: [h] };
    });
    expect(Math.abs(scales.get("W")!)).toBeLessThan(5);
  });

  it("is exact: scales are powers of two", () => {
    const { scales } = compare(({ b, weight, cut }) => {
      let h = b.input("x", float(2, 2));
      for (let i = 0; i < 5; i++) cut((h = b.matmul(h, weight(`W${i}`, [2, 2], 7))));
      return { loss: mean(b, h) };
    });
    for (const s of scales.values()) expect(s / Math.LN2).toBeCloseTo(Math.round(s / Math.LN2), 10);
  });
});

describe("600 layers in float32", () => {
  /** Layers h ↦ tanh(gain·Q·h + b) at h = 0 with Q orthogonal: every cotangent grows by exactly `gain` per layer. */
  function deep(gain: number): { graph: Graph; loss: string; wrt: string[]; cuts: Set<number> } {
    const b = newBuilder();
    const width = 4;
    let h = b.input("x", { dtype: "float32", shape: [1, width] });
    const cuts = new Set<number>();
    const wrt: string[] = [];
    for (let l = 0; l < 600; l++) {
      const v = Array.from(draw(`v${l}`, [width]).data);
      const norm = v.reduce((s, x) => s + x * x, 0);
      const Q = Array.from(
        { length: width * width },
        (_, i) => gain * ((Math.floor(i / width) === i % width ? 1 : 0) - (2 * v[Math.floor(i / width)]! * v[i % width]!) / norm),
      );
      wrt.push(b.initializer(`b${l}`, tensor("float32", [width], new Array<number>(width).fill(0)), false));
      h = b.op("Tanh", [b.op("Gemm", [h, b.initializer(`Q${l}`, tensor("float32", [width, width], Q), false), `b${l}`])]);
      if (l % 10 === 9) cuts.add(b.nodes.length - 1);
    }
    const loss = b.reduceSum(b.mul(h, b.constant(tensor("float32", [width], [0.3, -0.2, 0.5, 0.1]))), [0, 1], false);
    b.outputs.push(loss);
    return { graph: b.build("deep"), loss, wrt, cuts };
  }

  it.each([3, 1 / 3])("reports gradients that grow by %f per layer beyond float32, as float64 has them", async (gain) => {
    const { graph, loss, wrt, cuts } = deep(gain);
    const feeds = new Map([["x", tensor("float32", [1, 4], [0, 0, 0, 0])]]);
    const truth = gradientGraph(toFloat64Bound(graph), { loss, wrt });
    const exact = evaluateGraph(truth.graph, feeds);

    const plain = gradientGraph(graph, { loss, wrt });
    const lost = (await runOrt(plain.graph, feeds)).get(plain.grads.get("b0")!)!;
    expect(lost.data.every((v) => (gain > 1 ? !Number.isFinite(v) : v === 0))).toBe(true);

    const scaled = gradientGraph(graph, { loss, wrt, rescaleAt: cuts });
    const values = await runOrt(scaled.graph, feeds);
    for (const l of [0, 1, 299, 300, 595, 599]) {
      const name = `b${l}`;
      const g = values.get(scaled.grads.get(name)!)!;
      const scale = scaled.logScales.get(name);
      const log = scale === undefined ? 0 : values.get(scale)!.data[0]!;
      exact.get(truth.grads.get(name)!)!.data.forEach((v, i) => {
        expect(Math.sign(g.data[i]!)).toBe(Math.sign(v));
        expect(Math.abs(Math.log(Math.abs(g.data[i]!)) + log - Math.log(Math.abs(v)))).toBeLessThan(2e-4);
      });
    }
  });
});

describe("two cotangents of one piece, in float32", () => {
  /** x·A goes through twelve factors of 1e-8, each in a piece of its own; x·B, made in the piece of x·A, goes straight to the loss. */
  function beside(): { graph: Graph; loss: string; cuts: Set<number> } {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float32", shape: [2, 3] });
    const weight = (name: string): string => b.initializer(name, draw(name, [3, 2], 0.6, "float32"), false);
    let h = b.matmul(x, weight("A"));
    const straight = b.matmul(x, weight("B"));
    const cuts = new Set([b.nodes.length - 1]);
    for (let i = 0; i < 12; i++) {
      h = b.scale(h, 1e-8);
      cuts.add(b.nodes.length - 1);
    }
    const loss = b.add(b.reduceSum(h, [0, 1], false), b.reduceSum(straight, [0, 1], false));
    b.outputs.push(loss);
    return { graph: b.build("beside"), loss, cuts };
  }

  it("keep each its scale: the one of 1e-96 is not lost beside that of 1", async () => {
    const { graph, loss, cuts } = beside();
    const x = draw("x", [2, 3], 1, "float32");
    const scaled = gradientGraph(graph, { loss, wrt: ["A", "B"], rescaleAt: cuts });
    const values = await runOrt(scaled.graph, new Map([["x", x]]));
    for (const [name, factor] of [
      ["A", -96 * Math.LN10],
      ["B", 0],
    ] as const) {
      const log = scaled.logScales.get(name);
      const g = values.get(scaled.grads.get(name)!)!;
      // Of Σ x·W by W: the sum of the rows of x, in every column.
      g.data.forEach((v, i) => {
        const k = Math.floor(i / 2);
        const truth = x.data[k]! + x.data[3 + k]!;
        expect(Math.sign(v), name).toBe(Math.sign(truth));
        expect(Math.log(Math.abs(v)) + (log === undefined ? 0 : values.get(log)!.data[0]!), name).toBeCloseTo(Math.log(Math.abs(truth)) + factor, 3);
      });
    }
  });

  it("so do the states of a network over time, fed at every step", async () => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float32", shape: [40, 2, 3] });
    const W = b.initializer("W", draw("W", [3, 3], 0.02, "float32"), false);
    const U = b.initializer("U", draw("U", [3, 3], 0.3, "float32"), false);
    const [cuts, states] = [new Set<number>(), [] as string[]];
    let h: string | undefined;
    for (const at of b.split(x, Array<number>(40).fill(1), 0)) {
      const fed = b.matmul(b.reshape(at, [2, 3]), U);
      h = b.op("Tanh", [h === undefined ? fed : b.add(fed, b.matmul(h, W))]);
      cuts.add(b.nodes.length - 1);
      states.push(h);
    }
    const loss = b.reduceSum(h!, [0, 1], false);
    b.outputs.push(loss);
    const graph = b.build("steps");
    const feeds = new Map([["x", draw("x", [40, 2, 3], 1, "float32")]]);
    const wrt = [...states, "W", "U"];
    const truth = gradientGraph(toFloat64Bound(graph), { loss, wrt });
    const exact = evaluateGraph(truth.graph, feeds);
    const plain = gradientGraph(graph, { loss, wrt });
    expect((await runOrt(plain.graph, feeds)).get(plain.grads.get(states[0]!)!)!.data.every((v) => v === 0)).toBe(true);
    const scaled = gradientGraph(graph, { loss, wrt, rescaleAt: cuts });
    const values = await runOrt(scaled.graph, feeds);
    const lnNorm = (data: ArrayLike<number>): number => {
      const top = Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      return Math.log(top) + 0.5 * Math.log(Array.from(data).reduce((s, v) => s + (v / top) ** 2, 0));
    };
    for (const v of wrt) {
      const log = scaled.logScales.get(v);
      const found = lnNorm(values.get(scaled.grads.get(v)!)!.data) + (log === undefined ? 0 : values.get(log)!.data[0]!);
      expect(found, v).toBeCloseTo(lnNorm(exact.get(truth.grads.get(v)!)!.data), 2);
    }
    expect(lnNorm(exact.get(truth.grads.get(states[0]!)!)!.data)).toBeLessThan(-104);
  });
});

/** A bound float32 graph with float64 types and values. */
function toFloat64Bound(graph: Graph): Graph {
  const wide = toFloat64(graph);
  return { ...wide, types: new Map([...graph.types].map(([k, t]) => [k, t.dtype === "float32" ? { ...t, dtype: "float64" } : t])) };
}
