import { sizeOf } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { combineRows } from "./shared/placing.js";
import { inferScatter, reduction, scatterInto, sliceTargets } from "./shared/scatter.js";
import type { ScatterPorts } from "./shared/scatter.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * output = data, with the slices that the index tuples (last axis of indices) name combined with those of updates.
 * With a reduction it becomes ScatterElements, because onnxruntime's ScatterND loses updates where tuples repeat.
 */
export const ScatterND: Op<ScatterPorts, "output"> = {
  name: "ScatterND",
  since: [11, 13, 16, 18],
  inputs: { data: one, indices: one, updates: one },
  outputs: { output: one },
  attrs: { reduction },
  rewrite: ({ b, x, attrs }) => {
    const how = attrs.string("reduction");
    return how === "none" ? undefined : [combineRows(b, x.data, x.indices, x.updates, how)];
  },
  infer: (c) => {
    const [data, indices] = [c.type("data").shape, c.type("indices").shape];
    const k = indices[indices.length - 1];
    return inferScatter(c, k === undefined || k > data.length ? undefined : [...indices.slice(0, -1), ...data.slice(k)]);
  },
  evaluate: (c) => {
    const { shape } = c.x.data;
    const block = sizeOf(shape.slice(c.x.indices.shape[c.x.indices.shape.length - 1]));
    return scatterInto(c, sliceTargets(c.x.indices, shape, 0, c.node.op), block);
  },
  // data̅ = output̄ but 0 where updates stand, updates̅ = output̄ there
  vjp: ({ b, x, g, need }) => ({
    data: need("data") ? b.op("ScatterND", [g.output, x.indices, b.zerosLike(x.updates)]) : undefined,
    updates: need("updates") ? b.op("GatherND", [g.output, x.indices]) : undefined,
  }),
  examples: [
    { name: "rows", inputs: [floats([4, 3]), { dtype: "int64", shape: [2, 1], values: [3, -3] }, floats([2, 3])] },
    { name: "elements, known", inputs: [floats([2, 3]), ints([0, 2, 1, -2], [2, 2]), floats([2])] },
    { name: "two index axes", inputs: [floats([3, 2, 2]), { dtype: "int64", shape: [2, 1, 2], values: [0, 1, 2, 0] }, floats([2, 1, 2])] },
    {
      name: "add with duplicates",
      inputs: [floats([4, 2]), { dtype: "int64", shape: [3, 1], values: [1, 1, 0] }, floats([3, 2])],
      attrs: { reduction: "add" },
    },
    { name: "mul", inputs: [floats([4]), { dtype: "int64", shape: [3, 1], values: [1, 1, 0] }, floats([3])], attrs: { reduction: "mul" } },
    {
      name: "max",
      inputs: [floats([3], { values: [0, 1, 2] }), { dtype: "int64", shape: [3, 1], values: [1, 1, -3] }, floats([3], { values: [3, 2, -1] })],
      attrs: { reduction: "max" },
    },
    {
      name: "min of elements",
      inputs: [floats([2, 2], { values: [0, 1, 2, 3] }), ints([1, 1, 0, -1, 1, 1], [3, 2]), floats([3], { values: [2.5, -1, 2] })],
      attrs: { reduction: "min" },
    },
  ],
};
