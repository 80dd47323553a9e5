import { describe, expect, it } from "vitest";
import { appendVjp } from "../../src/autodiff/vjp.js";
import type { Attr, Node } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder, opNamed } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

/** Σ of the op's first output, differentiated by its first input. */
function gradient(op: string, x: Tensor, attrs: Record<string, Attr>): number[] {
  const b = newBuilder();
  const y = b.op(op, [b.input("x", x)], attrs);
  const grads = appendVjp(b, { nodes: [...b.nodes], seeds: new Map([[y, b.onesLike(y)]]), wrt: ["x"] });
  b.outputs.push(b.op("Identity", [grads.get("x")!]));
  return Array.from([...evaluateGraph(b.build("gradient"), new Map([["x", x]])).values()][0]!.data, (v) => v + 0);
}

/** The value of a node of an older opset. */
function valueOf(op: string, opset: number, x: Tensor, scales: readonly number[], attrs: Record<string, Attr>, asInput: boolean): Tensor {
  const b = newBuilder();
  const inputs = [b.input("x", x), ...(asInput ? [b.constant(tensor("float32", [scales.length], scales))] : [])];
  const node: Node = { op, domain: "", name: "node", inputs, outputs: ["y"], attrs: asInput ? attrs : { ...attrs, scales } };
  const fail = (what: string): never => {
    throw new Error(what);
  };
  const upgraded = opNamed(op)!.upgrade!({ node, opset, constant: (value) => b.constant(value), fail });
  b.outputs.push(b.op("Identity", [b.append(upgraded)[0]!]));
  return [...evaluateGraph(b.build("value"), new Map([["x", x]])).values()][0]!;
}

const row = (values: readonly number[]): Tensor => tensor("float64", [1, 1, values.length], values);

describe("pools at ties", () => {
  it("MaxPool and GlobalMaxPool give the gradient to the first of equal maxima, as PyTorch", () => {
    expect(gradient("MaxPool", row([2, 2, 1, 1, 0, 0]), { kernel_shape: [2], strides: [2] })).toEqual([1, 0, 1, 0, 1, 0]);
    expect(gradient("MaxPool", row([1, 3, 3, 1]), { kernel_shape: [2] })).toEqual([0, 2, 1, 0]);
    expect(gradient("MaxPool", tensor("float64", [1, 1, 2, 3], [0, 5, 5, 5, 5, 0]), { kernel_shape: [2, 2] })).toEqual([0, 2, 0, 0, 0, 0]);
    expect(gradient("GlobalMaxPool", tensor("float64", [1, 2, 2, 2], [0, 7, 7, 7, 4, 4, 4, 4]), {})).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
  });

  it("padding never wins, not even over negative values", () => {
    expect(gradient("MaxPool", row([-1, -2]), { kernel_shape: [2], pads: [1, 1] })).toEqual([2, 1]);
  });

  it("p-norms of windows of zeros have the derivative 0", () => {
    expect(gradient("LpPool", row([0, 0, 0, 4]), { kernel_shape: [2], strides: [2] })).toEqual([0, 0, 0, 1]);
    expect(gradient("LpPool", row([0, 0, 1, 0]), { kernel_shape: [2], strides: [2], p: 3 })).toEqual([0, 0, 1, 0]);
    expect(gradient("GlobalLpPool", row([0, 0, 0]), {})).toEqual([0, 0, 0]);
  });
});

describe("older opsets of Resize and Upsample", () => {
  it("nearest takes the pixel before when enlarging, the one behind when reducing", () => {
    expect(Array.from(valueOf("Resize", 10, row([1, 2, 3]), [1, 1, 1.6], {}, true).data)).toEqual([1, 1, 2, 2]);
    expect(Array.from(valueOf("Resize", 10, row([1, 2, 3, 4, 5]), [1, 1, 0.6], {}, true).data)).toEqual([1, 3, 5]);
  });

  it("linear is asymmetric", () => {
    expect(Array.from(valueOf("Upsample", 9, row([1, 3]), [1, 1, 2], { mode: "linear" }, true).data)).toEqual([1, 2, 3, 3]);
  });

  it("Upsample 7 has its scales as an attribute", () => {
    expect(Array.from(valueOf("Upsample", 7, row([1, 3]), [1, 1, 3], {}, false).data)).toEqual([1, 1, 1, 3, 3, 3]);
  });

  it("sizes are computed in single precision: ten times 0.7 is seven", () => {
    expect(valueOf("Resize", 10, row([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), [1, 1, Math.fround(0.7)], {}, true).shape).toEqual([1, 1, 7]);
  });
});

describe("RoiAlign", () => {
  const attrs = { output_height: 2, output_width: 2, sampling_ratio: 2 };
  const image = tensor(
    "float64",
    [1, 1, 4, 4],
    Array.from({ length: 16 }, (_, i) => i * i),
  );

  it("gives boxes no gradient, though they are computed", () => {
    const b = newBuilder();
    const [x, boxes] = [b.input("x", image), b.input("boxes", tensor("float64", [1, 4], [0.3, 0.4, 2.6, 3.1]))];
    const y = b.op("RoiAlign", [x, b.op("Tanh", [boxes]), b.constant(tensor("int64", [1], [0]))], attrs);
    const grads = appendVjp(b, { nodes: [...b.nodes], seeds: new Map([[y, b.onesLike(y)]]), wrt: ["x", "boxes"] });
    expect([grads.has("x"), grads.get("boxes")]).toEqual([true, undefined]);
  });

  it("needs known boxes where they decide how many points are read", () => {
    const b = newBuilder();
    const boxes = b.input("boxes", { dtype: "float64", shape: [1, 4] });
    expect(() => b.op("RoiAlign", [b.input("x", image), boxes, b.constant(tensor("int64", [1], [0]))])).toThrow(
      /sampling_ratio 0 the boxes "boxes" decide how many points RoiAlign reads/,
    );
  });

  it("of opset 10 reads half a pixel farther on", () => {
    const fail = (what: string): never => {
      throw new Error(what);
    };
    const node: Node = { op: "RoiAlign", domain: "", name: "node", inputs: [], outputs: ["y"], attrs: {} };
    const upgraded = (opset: number): unknown =>
      opNamed("RoiAlign")!.upgrade!({ node, opset, constant: () => fail("no constant"), fail }).attrs["coordinate_transformation_mode"];
    expect([upgraded(15), upgraded(16)]).toEqual(["output_half_pixel", undefined]);
  });
});
