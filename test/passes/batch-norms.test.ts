import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/read.js";
import { inferenceNorms } from "../../src/passes/batch-norms.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { DataType as T, f32, graph, graphAttr, int, model, node, tensorAttr, tensorProto, value } from "../support/model.js";

const PORTS = ["scale", "bias", "mean", "variance"];
const weights = (mean = [0, 0], variance = [1, 1]) => [
  f32("scale", [2], [1, 2]),
  f32("bias", [2], [0, 1]),
  f32("mean", [2], mean),
  f32("variance", [2], variance),
];
const norm = (attrs = {}, outputs = ["y"]) => node("BatchNormalization", ["x", ...PORTS], outputs, attrs);

/** A network of one norm on x, of the given shape. */
function one(
  {
    nodes = [norm()],
    opset = 15,
    initializers = weights(),
    shape = [3, 2, 4],
  }: Partial<{
    nodes: ReturnType<typeof node>[];
    opset: number;
    initializers: ReturnType<typeof weights>;
    shape: number[];
  }>,
  trainNorm?: boolean,
): Bound {
  const bytes = model({ inputs: [value("x", shape)], outputs: ["y"], nodes, initializers, opset });
  return bind(readOnnx(bytes), trainNorm === undefined ? {} : { trainNorm });
}
const modes = (b: Bound): boolean[] => b.batchNorms.map((n) => n.training);
/** Whether a graph computes statistics of its own. */
const reduces = (b: Bound): boolean => b.graph.nodes.some((n) => n.op === "ReduceMean");

describe("the mode of BatchNormalization", () => {
  it("is the file's, or training where it is asked for", () => {
    for (const [attrs, trainNorm, training] of [
      [{}, undefined, false],
      [{}, true, true],
      [{ training_mode: int(0) }, true, true],
      [{ training_mode: int(1) }, false, true],
      [{ training_mode: int(1) }, true, true],
    ] as const) {
      const bound = one({ nodes: [norm(attrs)] }, trainNorm);
      expect(modes(bound)).toEqual([training]);
      expect(reduces(bound)).toBe(training);
    }
  });
  it("is training in old opsets where a node has more than one output, and inference where it has one", () => {
    for (const opset of [7, 9, 13]) {
      expect(modes(one({ opset }))).toEqual([false]);
      expect(modes(one({ opset }, true))).toEqual([true]);
      expect(modes(one({ opset, nodes: [norm({}, ["y", "m", "v", "sm", "sv"])] }, false))).toEqual([true]);
    }
  });
  it("stays the file's where a channel has one value, and is training with space or with a second example", () => {
    expect(modes(one({ shape: [1, 2] }, true))).toEqual([false]);
    expect(modes(one({ shape: [1, 2, 1, 1] }, true))).toEqual([false]);
    expect(modes(one({ shape: [1, 2, 3] }, true))).toEqual([true]);
    expect(modes(one({ shape: [2, 2] }, true))).toEqual([true]);
    const spread = [f32("scale", [2, 3]), f32("bias", [2, 3]), f32("mean", [2, 3]), f32("variance", [2, 3])];
    const own = { nodes: [norm({ spatial: int(0) })], opset: 7, initializers: spread };
    expect(modes(one({ ...own, shape: [1, 2, 3] }, true))).toEqual([false]);
    expect(modes(one({ ...own, shape: [2, 2, 3] }, true))).toEqual([true]);
  });
  it("is the same in a body of control flow", () => {
    const branch = (out: string) => graphAttr(graph({ nodes: [norm({}, [out])], outputs: [out] }));
    const yes = tensorAttr(tensorProto({ dims: [], dataType: T.BOOL, int32Data: [1] }));
    const nodes = [node("Constant", [], ["c"], { value: yes }), node("If", ["c"], ["y"], { then_branch: branch("a"), else_branch: branch("b") })];
    const bound = one({ nodes }, true);
    expect(modes(bound)).toEqual([true]);
    expect(reduces(bound)).toBe(true);
  });
});

describe("norms in inference mode", () => {
  it("are told with their statistics, in float64 too", () => {
    expect(inferenceNorms(one({}))).toMatchObject([{ values: 12, examples: 3, untouched: true }]);
    expect(inferenceNorms(one({ initializers: weights([0, 0.5]) }))).toMatchObject([{ untouched: false }]);
    expect(inferenceNorms(one({ initializers: weights([0, 0], [1, 2]) }))).toMatchObject([{ untouched: false }]);
    const bytes = model({ inputs: [value("x", [3, 2])], outputs: ["y"], nodes: [norm()], initializers: weights() });
    expect(inferenceNorms(bind(readOnnx(bytes), { dtype: "float64" }))).toMatchObject([{ untouched: true }]);
  });
  it("are only those that training mode would change, and that are reached", () => {
    expect(inferenceNorms(one({}, true))).toEqual([]);
    expect(inferenceNorms(one({ nodes: [norm({ training_mode: int(1) })] }))).toEqual([]);
    expect(inferenceNorms(one({ shape: [1, 2] }))).toEqual([]);
    expect(inferenceNorms(one({ nodes: [node("Relu", ["x"], ["y"]), norm({}, ["unused"])] }))).toEqual([]);
  });
});
