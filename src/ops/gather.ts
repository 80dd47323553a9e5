import { normalizeAxis, result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { aroundAxis, indexWithin } from "./shared/indexing.js";
import { placeAlong, scatterAlong } from "./shared/placing.js";
import { one } from "./op.js";
import { again } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** output = data[…, indices, …]: the slices of data along `axis` that `indices` of any rank name; negative ones count from the end. */
export const Gather: Op<"data" | "indices", "output"> = {
  name: "Gather",
  since: [1, 11, 13],
  traits: { moves: "selects", lookup: "axis" },
  inputs: { data: one, indices: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 0 } },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
    return [{ dtype, shape: [...shape.slice(0, axis), ...c.type("indices").shape, ...shape.slice(axis + 1)] }];
  },
  evaluate: (c) => {
    const { data, indices } = c.x;
    const [outer, size, inner] = aroundAxis(data.shape, normalizeAxis(c.attrs.int("axis"), data.shape.length, c.node.op));
    const out = result(c.out[0]!);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < indices.data.length; i++, at += inner) {
        const from = (o * size + indexWithin(indices.data[i]!, size, c.node.op)) * inner;
        out.data.set(data.data.subarray(from, from + inner), at);
      }
    }
    return [out];
  },
  // data̅ = the slices of output̄ added up at their indices
  vjp: ({ b, attrs, x, g, node }) => {
    const shape = b.shape(x.data);
    const axis = normalizeAxis(attrs.int("axis"), shape.length, node.op);
    const size = shape[axis]!;
    const known = b.constantOf(x.indices);
    const rank = b.shape(x.indices).length;
    if (!known) return { data: scatterAlong(b, g.output, axis, x.indices, rank, size) };
    const index = known.data.map((i) => indexWithin(i, size, node.op));
    const rows = b.reshape(g.output, [...shape.slice(0, axis), index.length, ...shape.slice(axis + 1)]);
    return { data: placeAlong(b, rows, axis, index, size) };
  },
  vmap: (c) => {
    const axis = normalizeAxis(c.attrs.int("axis"), c.own(0).length, c.node.op);
    if (!c.differs(1)) return again(c, c.xs, { axis: axis + 1 });
    // The axis of runs of the indices stands where they stand: in front, for rows.
    if (axis === 0 && !c.differs(0)) return again(c, c.xs);
    return c.fail("has indices that differ between the runs");
  },
  examples: [
    { name: "rows of a table", inputs: [floats([5, 3]), { dtype: "int64", shape: [2, 3], values: [0, 4, 4, 1, 0, 4] }] },
    { name: "negative index, middle axis", inputs: [floats([2, 4, 3]), { dtype: "int64", shape: [3], values: [-1, 2, -4] }], attrs: { axis: 1 } },
    { name: "last axis, int32", inputs: [floats([2, 4]), { dtype: "int32", shape: [2, 1], values: [3, 3] }], attrs: { axis: -1 } },
    { name: "scalar index", inputs: [floats([3, 4]), { dtype: "int64", shape: [], values: [1] }], attrs: { axis: 1 } },
    { name: "known scalar index", inputs: [floats([3, 4, 2]), ints([-1], [])], attrs: { axis: 1 } },
    { name: "known stretch", inputs: [floats([5, 2]), ints([1, 2, 3])] },
    {
      name: "known, reversed and repeated",
      inputs: [
        floats([5, 2]),
        ints(
          [
            [3, 2, 1],
            [4, 4, 0],
          ].flat(),
          [2, 3],
        ),
      ],
    },
    { name: "known, scattered", inputs: [floats([6, 2]), ints([5, 0, 3, 0, 5, 1, 4])] },
  ],
};
