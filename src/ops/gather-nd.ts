import { formatType, sizeOf } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { scatterRows } from "./shared/placing.js";
import { sliceTargets } from "./shared/scatter.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = the slices of data that the index tuples (last axis of indices) name, within each of the first `batch_dims` axes. */
export const GatherND: Op<"data" | "indices", "output"> = {
  name: "GatherND",
  since: [11, 12, 13],
  traits: { moves: "selects", lookup: "tuples" },
  inputs: { data: one, indices: one },
  outputs: { output: one },
  attrs: { batch_dims: { kind: "int", default: 0 } },
  infer: (c) => {
    const [data, indices] = [c.type("data"), c.type("indices")];
    const batch = c.attrs.int("batch_dims");
    const k = indices.shape[indices.shape.length - 1];
    const fits = k !== undefined && batch >= 0 && batch < indices.shape.length && batch + k <= data.shape.length;
    if (!fits || indices.shape.slice(0, batch).some((d, i) => d !== data.shape[i])) {
      return c.fail("its indices do not fit its data", { received: `${formatType(data)} and ${formatType(indices)}` });
    }
    return [{ dtype: data.dtype, shape: [...indices.shape.slice(0, -1), ...data.shape.slice(batch + k)] }];
  },
  evaluate: (c) => {
    const { data, indices } = c.x;
    const batch = c.attrs.int("batch_dims");
    const out = result(c.out[0]!);
    const block = sizeOf(data.shape.slice(batch + indices.shape[indices.shape.length - 1]!));
    sliceTargets(indices, data.shape, batch, c.node.op).forEach((from, t) => {
      out.data.set(data.data.subarray(from, from + block), t * block);
    });
    return [out];
  },
  // data̅ = the slices of output̄ added up at their tuples
  vjp: ({ b, attrs, x, g }) => ({ data: scatterRows(b, g.output, x.indices, b.shape(x.data), attrs.int("batch_dims")) }),
  examples: [
    { name: "elements", inputs: [floats([3, 4]), { dtype: "int64", shape: [4, 2], values: [0, 1, 2, -1, 0, 1, -3, 0] }] },
    { name: "slices", inputs: [floats([3, 4]), { dtype: "int64", shape: [2, 2, 1], values: [0, 2, 2, -1] }] },
    { name: "known", inputs: [floats([3, 4, 2]), ints([0, 1, 2, -1], [2, 2])] },
    { name: "batch_dims 1", inputs: [floats([3, 3, 2]), { dtype: "int64", shape: [3, 1], values: [2, -3, 1] }], attrs: { batch_dims: 1 } },
    {
      name: "batch_dims 1, several tuples, known",
      inputs: [floats([3, 3, 2]), ints([0, 1, 1, -1, 2, 0, 0, 0, -2, 1, 1, 1], [3, 2, 2])],
      attrs: { batch_dims: 1 },
    },
    {
      name: "batch_dims 1, several tuples",
      inputs: [floats([3, 3, 2]), { dtype: "int64", shape: [3, 2, 1], values: [0, 1, 1, -1, 2, 2] }],
      attrs: { batch_dims: 1 },
    },
    { name: "batch_dims 2", inputs: [floats([3, 1, 3, 2]), { dtype: "int64", shape: [3, 1, 1], values: [1, -1, 0] }], attrs: { batch_dims: 2 } },
  ],
};
