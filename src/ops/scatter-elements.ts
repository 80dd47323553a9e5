import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { elementTargets, inferScatter, reduction, scatterInto, scatterVjp } from "./shared/scatter.js";
import type { ScatterPorts } from "./shared/scatter.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = data, with output[…, indices[i], …] combined with updates[i]: the index replaces the coordinate along `axis`. */
export const ScatterElements: Op<ScatterPorts, "output"> = {
  name: "ScatterElements",
  since: [11, 13, 16, 18],
  inputs: { data: one, indices: one, updates: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 0 }, reduction },
  infer: (c) => {
    const [data, indices] = [c.type("data").shape, c.type("indices").shape];
    const axis = normalizeAxis(c.attrs.int("axis"), data.length, c.node.op);
    const fits = indices.length === data.length && indices.every((d, i) => i === axis || d <= data[i]!);
    return inferScatter(c, fits ? indices : undefined);
  },
  evaluate: (c) => {
    const { shape } = c.x.data;
    return scatterInto(c, elementTargets(c.x.indices, shape, normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op), c.node.op), 1);
  },
  // see scatterVjp
  vjp: (c) => {
    const axis = c.attrs.int("axis");
    return scatterVjp(c, {
      scatter: (into, updates, how) => c.b.op("ScatterElements", [into, c.x.indices, updates], { axis, reduction: how }),
      gather: (from) => c.b.op("GatherElements", [from, c.x.indices], { axis }),
    });
  },
  examples: [
    { name: "none", inputs: [floats([3, 4]), { dtype: "int64", shape: [2, 2], values: [0, 2, -1, 1] }, floats([2, 2])], attrs: { axis: 1 } },
    {
      name: "add with duplicates",
      inputs: [floats([3, 2]), { dtype: "int64", shape: [4, 2], values: [0, 0, 0, 1, 2, 2, 0, -1] }, floats([4, 2])],
      attrs: { reduction: "add" },
    },
    { name: "mul", inputs: [floats([5]), { dtype: "int64", shape: [4], values: [1, 3, 1, 1] }, floats([4])], attrs: { reduction: "mul" } },
    {
      name: "mul by zeros",
      inputs: [floats([4]), { dtype: "int64", shape: [8], values: [1, 1, 0, 2, 2, 2, 3, 3] }, floats([8], { values: [2, -3, 0, 0, 1.5, -2, 0, 0] })],
      attrs: { reduction: "mul" },
    },
    {
      name: "max",
      inputs: [
        floats([4], { values: [0.5, -1, 2, 0] }),
        { dtype: "int64", shape: [4], values: [0, 1, 1, 2] },
        floats([4], { values: [1, 3, -2, 1] }),
      ],
      attrs: { reduction: "max" },
    },
    {
      name: "min",
      inputs: [
        floats([4], { values: [0.5, -1, 2, 0] }),
        { dtype: "int32", shape: [4], values: [0, 1, 1, 2] },
        floats([4], { values: [1, 3, -2, 1] }),
      ],
      attrs: { reduction: "min" },
    },
    {
      name: "min with ties",
      inputs: [floats([3], { values: [1, 2, 3] }), { dtype: "int64", shape: [3], values: [0, 1, 1] }, floats([3], { values: [1, -1, -1] })],
      attrs: { reduction: "min" },
      withoutSecondOrder: "the derivative jumps at a tie",
    },
  ],
};
