import { describe, expect, it } from "vitest";
import type { Node } from "../../src/graph/graph.js";
import { opNamed } from "../../src/ops/registry.js";
import { isLayout, kindOf } from "../../src/structure/node-kind.js";

const node = (op: string, inputs: readonly string[]): Node => ({ op, domain: "", name: op, inputs, outputs: ["y"], attrs: {} });
/** The kind of a node whose inputs named `x…` are activations. */
function kind(op: string, ...inputs: readonly string[]): string {
  const active = (v: string): boolean => v.startsWith("x");
  return kindOf(node(op, inputs), inputs.filter(active), active, (v) => v === "filter");
}

describe("the kind of a node, by the traits of its op", () => {
  it("has products by which side is an activation", () => {
    for (const op of ["MatMul", "Gemm", "Conv", "ConvTranspose"]) {
      expect(kind(op, "x", "w")).toBe("weighted");
      expect(kind(op, "x", "filter")).toBe("resample");
      expect(kind(op, "a", "w", "x")).toBe("shift");
    }
    // A convolution by a computed kernel still applies one at every place.
    expect(["MatMul", "Gemm", "Conv", "ConvTranspose"].map((op) => kind(op, "x", "x2"))).toEqual(["product", "product", "weighted", "weighted"]);
  });
  it("has moves of every sort, casts and masks for layout, and no others", () => {
    for (const op of ["Reshape", "Expand", "GatherND", "Compress", "Pad", "MaxUnpool", "Cast", "Dropout"])
      expect(kind(op, "x", "i"), op).toBe("layout");
    for (const op of ["Bernoulli", "TopK", "ScatterElements", "Concat", "Split"]) expect(isLayout(node(op, ["x"])), op).toBe(false);
  });
  it("has all reductions for pools", () => {
    for (const op of ["ReduceMean", "ReduceProd", "ReduceLogSum", "ReduceSumSquare", "MaxPool", "GlobalLpPool"])
      expect(kind(op, "x"), op).toBe("pool");
    expect(kind("CumSum", "x")).toBe("activation");
  });
  it("has arithmetic by what its other side is", () => {
    expect([kind("Add", "x", "c"), kind("Sub", "x", "x2"), kind("Sum", "x", "x2")]).toEqual(["shift", "add", "add"]);
    expect([kind("Mul", "x", "c"), kind("Mul", "x", "x2"), kind("Div", "x", "c"), kind("Div", "c", "x"), kind("Neg", "x")]).toEqual(["scale", "mul", "scale", "activation", "scale"]); // prettier-ignore
    expect([kind("Concat", "x", "x2"), kind("Concat", "x", "c"), kind("Split", "x"), kind("Resize", "x"), kind("Upsample", "x")]).toEqual(["concat", "layout", "split", "resample", "resample"]); // prettier-ignore
    expect([kind("Relu", "x"), kind("Max", "x", "x2"), kind("NoSuchOp", "x")]).toEqual(["activation", "other", "activation"]);
  });
  it("knows no product of Einsum: binding leaves others in its place", () => expect(opNamed("Einsum")?.traits).toBeUndefined());
});
