import { formatType, tensor } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = values[1] where the new axis `axis` of size depth meets the index, values[0] elsewhere; an index outside ±depth meets nothing. */
export const OneHot: Op<"indices" | "depth" | "values", "output"> = {
  name: "OneHot",
  since: [9, 11, 28],
  inputs: { indices: one, depth: one, values: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: -1 } },
  infer: (c) => {
    const { shape } = c.type("indices");
    const depth = Math.trunc(c.constant("depth").data[0] ?? 0);
    const axis = newAxis(c.attrs.int("axis"), shape.length);
    if (!(axis >= 0 && axis <= shape.length)) c.fail(`axis ${c.attrs.int("axis")} is outside a tensor of rank ${shape.length + 1}`);
    if (c.type("values").shape.join() !== "2") c.fail("its values are not two numbers", { received: formatType(c.type("values")) });
    if (!(depth >= 1)) c.fail(`its depth is ${depth}`);
    return [{ dtype: c.type("values").dtype, shape: [...shape.slice(0, axis), depth, ...shape.slice(axis)] }];
  },
  evaluate: (c) => {
    const { indices, values } = c.x;
    const out = result(c.out[0]!);
    const [outer, depth, inner] = aroundAxis(out.shape, newAxis(c.attrs.int("axis"), indices.shape.length));
    out.data.fill(values.data[0]!);
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        const given = Math.trunc(indices.data[o * inner + j]!);
        const index = given < 0 ? given + depth : given;
        if (index >= 0 && index < depth) out.data[(o * depth + index) * inner + j] = values.data[1]!;
      }
    }
    return [out];
  },
  // values̅ = [Σ output̄ where cold, Σ output̄ where hot]
  vjp: ({ b, attrs, x, g }) => {
    const zeroOne = b.constant(tensor(b.dtype(x.values), [2], [0, 1]));
    const isHot = b.cast(b.op("OneHot", [x.indices, x.depth, zeroOne], { axis: attrs.int("axis") }), "bool");
    const zero = b.scalar(0, g.output);
    const axes = b.shape(g.output).map((_, i) => i);
    const total = (v: string): string => b.reshape(b.reduceSum(v, axes, false), [1]);
    return { values: b.concat([total(b.where(isHot, zero, g.output)), total(b.where(isHot, g.output, zero))], 0) };
  },
  examples: [
    { name: "last axis", inputs: [{ dtype: "int64", shape: [2, 2], values: [0, 2, -1, 1] }, ints([3], []), floats([2])] },
    {
      name: "first axis",
      inputs: [{ dtype: "int64", shape: [3], values: [1, 0, 1] }, ints([2]), floats([2], { values: [0, 1] })],
      attrs: { axis: 0 },
    },
    { name: "index outside", inputs: [{ dtype: "int64", shape: [3], values: [4, -5, 3] }, ints([4], []), floats([2])], attrs: { axis: -2 } },
  ],
};

const newAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank + 1 : axis);
