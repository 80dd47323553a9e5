import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { int64s, sizeOf, stridesOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import type { Node } from "../../src/graph/graph.js";
import { broadcastIndex, broadcastMap, broadcastShape } from "../../src/ops/shared/elementwise.js";
import type { UpgradeContext } from "../../src/ops/op.js";
import { evaluateNode, newBuilder, opNamed } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

/** The gradient of the sum of what `build` makes of `x`. */
function gradientOf(x: Tensor, build: (b: GraphBuilder, x: string) => string): number[] {
  const b = newBuilder();
  const input = b.input("x", x);
  const y = build(b, input);
  const loss = b.reduceSum(
    y,
    b.shape(y).map((_, i) => i),
    false,
  );
  b.outputs.push(loss);
  const { graph, grads } = gradientGraph(b.build("g"), { loss, wrt: [input] });
  return Array.from(evaluateGraph(graph, new Map([[input, x]])).get(grads.get(input)!)!.data);
}

const row = (...values: number[]): Tensor => tensor("float64", [values.length], values);
const over =
  (op: string) =>
  (b: GraphBuilder, x: string): string =>
    b.op(op, [x, b.ints([0])], { keepdims: 0 });

describe("derivatives at the corners", () => {
  it("shares the derivative of ReduceMax and ReduceMin among ties", () => {
    expect(gradientOf(row(3, 1, 3, 2), over("ReduceMax"))).toEqual([0.5, 0, 0.5, 0]);
    expect(gradientOf(row(1, 1, 1, 2), over("ReduceMin"))).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
  });

  it("is right for ReduceProd with no, one, two and only zeros", () => {
    expect(gradientOf(row(2, 3, 4), over("ReduceProd"))).toEqual([12, 8, 6]);
    expect(gradientOf(row(2, 0, 4, 5), over("ReduceProd"))).toEqual([0, 40, 0, 0]);
    expect(gradientOf(row(2, 0, 4, 0), over("ReduceProd"))).toEqual([0, 0, 0, 0]);
    expect(gradientOf(row(0), over("ReduceProd"))).toEqual([1]);
  });

  it("is 0, not NaN, at the zero vector", () => {
    expect(gradientOf(row(0, 0, 0), over("ReduceL2"))).toEqual([0, 0, 0]);
    expect(gradientOf(row(0, 0), (b, x) => b.op("LpNormalization", [x], { axis: 0 }))).toEqual([1, 1]);
    expect(gradientOf(row(2, 2), (b, x) => b.op("MeanVarianceNormalization", [x], { axes: [0] })).every((v) => Math.abs(v) < 1e-6)).toBe(true);
  });

  it("is softmax for ReduceLogSumExp, however large its input", () => {
    const g = gradientOf(row(5000, 5000, -5000), over("ReduceLogSumExp"));
    expect(g).toEqual([0.5, 0.5, 0]);
  });
});

describe("gradient graphs stay small", () => {
  it("makes no expanded copy for a norm or a mean", () => {
    const shape = [4, 3, 5, 5];
    const b = newBuilder();
    const [x, scale, bias, w] = [
      b.input("x", { dtype: "float32", shape }),
      b.input("scale", { dtype: "float32", shape: [3] }),
      b.input("bias", { dtype: "float32", shape: [3] }),
      b.input("w", { dtype: "float32", shape }),
    ];
    const y = b.op("BatchNormalization", [x, scale, bias, bias, scale], { training_mode: 1 });
    const loss = b.reduceMean(b.mul(y, w), [0, 1, 2, 3], false);
    b.outputs.push(loss);
    const { graph } = gradientGraph(b.build("g"), { loss, wrt: [x, scale, bias] });
    const full = graph.nodes.filter((n) => sizeOf(graph.types.get(n.outputs[0]!)!.shape) === sizeOf(shape));
    expect(graph.nodes.filter((n) => n.op === "Expand")).toEqual([]);
    expect(graph.nodes.some((n) => n.op === "BatchNormalization")).toBe(false);
    // forward: centre, square, scale, shift, times w; backward: times w, two products, two sums, one more product; and the result's Identity
    expect(full.map((n) => n.op)).toHaveLength(12);
  });
});

describe("upgrades from older opsets", () => {
  const upgraded = (node: Partial<Node> & { op: string }, opset: number): { node: Node; constants: Tensor[] } => {
    const constants: Tensor[] = [];
    const whole: Node = { domain: "", name: "n", inputs: ["x"], outputs: ["y"], attrs: {}, ...node };
    const u: UpgradeContext = {
      node: whole,
      opset,
      constant: (t) => `c${constants.push(t) - 1}`,
      fail: (what) => {
        throw new Error(what);
      },
    };
    return { node: opNamed(node.op)!.upgrade!(u), constants };
  };

  it("turns the axes attribute of every reduction into an input, and leaves an input alone", () => {
    for (const op of [
      "ReduceSum",
      "ReduceMean",
      "ReduceMax",
      "ReduceMin",
      "ReduceProd",
      "ReduceL1",
      "ReduceL2",
      "ReduceSumSquare",
      "ReduceLogSum",
      "ReduceLogSumExp",
    ]) {
      const old = upgraded({ op, attrs: { axes: [1, -1], keepdims: 0 } }, 11);
      expect(old.node.inputs).toEqual(["x", "c0"]);
      expect(old.node.attrs).toEqual({ keepdims: 0 });
      expect(old.constants).toEqual([int64s([1, -1])]);
      const recent = upgraded({ op, inputs: ["x", "axes"], attrs: { keepdims: 1 } }, 18);
      expect(recent.node.inputs).toEqual(["x", "axes"]);
      expect(opNamed(op)!.since.at(-1)).toBe(op === "ReduceSum" ? 13 : /M(ax|in)$/.test(op) ? 20 : 18);
    }
  });

  it("reads training mode off a BatchNormalization's outputs before opset 14", () => {
    const five = ["y", "m", "v", "sm", "sv"];
    expect(upgraded({ op: "BatchNormalization", outputs: five }, 9).node.attrs).toEqual({ training_mode: 1 });
    expect(upgraded({ op: "BatchNormalization", outputs: ["y"], attrs: { epsilon: 0.5 } }, 9).node.attrs).toEqual({ epsilon: 0.5 });
    expect(upgraded({ op: "BatchNormalization", outputs: ["y", "m", "v"] }, 14).node.attrs).toEqual({});
  });

  it("flattens a Softmax of before opset 13", () => {
    expect(upgraded({ op: "Softmax" }, 9).node).toMatchObject({ op: "FlattenedSoftmax", domain: "isograd", attrs: { axis: 1, of: "Softmax" } });
    expect(upgraded({ op: "Softmax", attrs: { axis: 2 } }, 13).node).toMatchObject({ op: "Softmax", attrs: { axis: 2 } });
  });
});

describe("the reference loops", () => {
  const counting = (shape: readonly number[]): Tensor =>
    tensor(
      "float64",
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + 1)),
    );
  const coordinates = (shape: readonly number[]): number[][] =>
    Array.from({ length: sizeOf(shape) }, (_, i) => shape.map((d, a) => Math.floor(i / stridesOf(shape)[a]!) % d));
  const at = (t: Tensor, c: readonly number[]): number => {
    const own = c.slice(c.length - t.shape.length).map((v, i) => (t.shape[i] === 1 ? 0 : v));
    return t.data[own.reduce((s, v, i) => s + v * stridesOf(t.shape)[i]!, 0)]!;
  };

  it.each([
    [[], []],
    [[3], []],
    [[], [2, 3]],
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1],
      [2, 3],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [
      [1, 3, 1, 2],
      [4, 1, 5, 1],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 1],
    ],
    [
      [2, 3, 4, 5],
      [2, 1, 4, 1],
    ],
    [[0, 3], [3]],
    [
      [2, 0],
      [2, 1],
    ],
    [[1, 1], [1]],
  ] as const)("broadcast %j with %j", (left, right) => {
    const [a, b] = [counting(left), counting(right)];
    const shape = broadcastShape(left, right)!;
    const expected = coordinates(shape).map((c) => at(a, c) - 2 * at(b, c));
    expect(Array.from(broadcastMap(a, b, { dtype: "float64", shape }, (x, y) => x - 2 * y).data)).toEqual(expected);
    const index = broadcastIndex(left, shape);
    expect(Array.from(index, (i) => a.data[i]!)).toEqual(coordinates(shape).map((c) => at(a, c)));
    for (const [op, f] of [
      ["Add", (x: number, y: number) => x + y],
      ["Sub", (x: number, y: number) => x - y],
      ["Mul", (x: number, y: number) => x * y],
    ] as const) {
      const node: Node = { op, domain: "", name: "n", inputs: ["a", "b"], outputs: ["c"], attrs: {} };
      const [out] = evaluateNode(node, [a, b], [{ dtype: "float64", shape }]);
      expect(Array.from(out!.data)).toEqual(coordinates(shape).map((c) => f(at(a, c), at(b, c))));
    }
  });

  it.each([
    [[], []],
    [[4], [0]],
    [[2, 3], [1]],
    [[2, 3], [0]],
    [[2, 3, 4], [1]],
    [
      [2, 3, 4],
      [0, 2],
    ],
    [
      [2, 3, 4],
      [1, 2],
    ],
    [
      [2, 3, 4],
      [0, 1],
    ],
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [
      [2, 3, 4, 5],
      [0, 2],
    ],
    [
      [1, 3, 1],
      [0, 1],
    ],
    [[2, 0, 3], [1]],
    [[0, 3], [1]],
  ] as const)("reduce %j over %j", (shape, axes) => {
    const x = counting(shape);
    const kept = shape.map((d, i) => ((axes as readonly number[]).includes(i) ? 1 : d));
    const groups: number[][] = Array.from({ length: sizeOf(kept) }, () => []);
    coordinates(shape).forEach((c, i) => groups[c.reduce((s, v, a) => s + (kept[a] === 1 ? 0 : v * stridesOf(kept)[a]!), 0)]!.push(x.data[i]!));
    const run = (op: string): number[] => {
      const node: Node = { op, domain: "", name: "n", inputs: ["x", "axes"], outputs: ["y"], attrs: { noop_with_empty_axes: 1 } };
      return Array.from(evaluateNode(node, [x, int64s(axes)], [{ dtype: "float64", shape: kept }])[0]!.data);
    };
    run("ReduceSum").forEach((v, i) =>
      expect(v).toBeCloseTo(
        groups[i]!.reduce((s, w) => s + w, 0),
        14,
      ),
    );
    expect(run("ReduceMax")).toEqual(groups.map((g) => Math.max(...g)));
    expect(run("ReduceMin")).toEqual(groups.map((g) => Math.min(...g)));
  });
});
