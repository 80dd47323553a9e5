import { formatType } from "../graph/tensor.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { takeFlat } from "./shared/indexing.js";
import { elementTargets } from "./shared/scatter.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output[i] = data[…, indices[i], …]: the index replaces the coordinate along `axis`. */
export const GatherElements: Op<"data" | "indices", "output"> = {
  name: "GatherElements",
  since: [11, 13],
  traits: { moves: "selects", lookup: "axis" },
  inputs: { data: one, indices: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 0 } },
  infer: (c) => {
    const [data, indices] = [c.type("data"), c.type("indices")];
    const axis = normalizeAxis(c.attrs.int("axis"), data.shape.length, c.node.op);
    if (indices.shape.length !== data.shape.length || indices.shape.some((d, i) => i !== axis && d > data.shape[i]!)) {
      c.fail(`its indices do not fit its data beside axis ${axis}`, { received: `${formatType(data)} and ${formatType(indices)}` });
    }
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  evaluate: (c) => {
    const { shape } = c.x.data;
    return [
      takeFlat(c.x.data, elementTargets(c.x.indices, shape, normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op), c.node.op), c.out[0]!),
    ];
  },
  // data̅ = output̄ added up at the indices
  vjp: ({ b, attrs, x, g }) => ({
    data: b.op("ScatterElements", [b.zerosLike(x.data), x.indices, g.output], { axis: attrs.int("axis"), reduction: "add" }),
  }),
  examples: [
    { name: "axis 1", inputs: [floats([2, 3]), { dtype: "int64", shape: [2, 2], values: [0, 0, -1, 1] }], attrs: { axis: 1 } },
    { name: "axis 0, fewer columns", inputs: [floats([3, 3]), { dtype: "int64", shape: [4, 2], values: [0, 1, 2, 2, 2, 0, 1, 2] }] },
    { name: "three axes", inputs: [floats([2, 3, 2]), { dtype: "int32", shape: [2, 3, 1], values: [1, 0, 1, 0, 0, 1] }], attrs: { axis: -1 } },
  ],
};
