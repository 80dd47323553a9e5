import { int64s } from "../graph/tensor.js";
import { normalizeAxis, result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { list, one } from "./op.js";
import type { Op } from "./op.js";

/** Values, Indices = the K largest (or smallest) elements along `axis`, in order; among equals the first come first. */
export const TopK: Op<"X" | "K", "Values" | "Indices"> = {
  name: "TopK",
  since: [1, 10, 11, 24],
  accepts: "numbers",
  inputs: { X: one, K: list },
  outputs: { Values: one, Indices: one },
  attrs: { axis: { kind: "int", default: -1 }, largest: { kind: "flag", default: 1 }, sorted: { kind: "flag", default: 1 } },
  upgrade: ({ node, opset, constant, fail }) => {
    if (opset >= 10) return node;
    const { k, ...attrs } = node.attrs;
    if (k === undefined) return fail('lacks its attribute "k"');
    return { ...node, attrs, inputs: [node.inputs[0]!, constant(int64s([k as number]))] };
  },
  infer: (c) => {
    const { dtype, shape } = c.type("X");
    const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
    const k = c.constant("K").data[0] ?? c.fail("its K is empty");
    if (!(k >= 0 && k <= shape[axis]!)) c.fail(`takes ${k} of ${shape[axis]} elements`);
    const out = shape.map((d, i) => (i === axis ? k : d));
    return [
      { dtype, shape: out },
      { dtype: "int64", shape: out },
    ];
  },
  evaluate: (c) => {
    const x = c.x.X;
    const axis = normalizeAxis(c.attrs.int("axis"), x.shape.length, c.node.op);
    const k = c.x.K.data[0]!;
    const [outer, size, inner] = aroundAxis(x.shape, axis);
    const shape = x.shape.map((d, i) => (i === axis ? k : d));
    const values = result({ dtype: x.dtype, shape });
    const indices = result({ dtype: "int64", shape });
    const sign = c.attrs.flag("largest") ? -1 : 1;
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        const at = (i: number): number => x.data[(o * size + i) * inner + j]!;
        const order = Array.from({ length: size }, (_, i) => i).sort((p, q) => sign * (at(p) - at(q)) || p - q);
        for (let i = 0; i < k; i++) {
          values.data[(o * k + i) * inner + j] = at(order[i]!);
          indices.data[(o * k + i) * inner + j] = order[i]!;
        }
      }
    }
    return [values, indices];
  },
  // X̄ = Values̄ put back at Indices
  vjp: ({ b, node, attrs, x, y, g }) => {
    const indices = y.Indices !== "" ? y.Indices : b.ops("TopK", [x.X, x.K], node.attrs, { outputs: 2 })[1]!;
    return { X: b.op("ScatterElements", [b.zerosLike(x.X), indices, g.Values], { axis: attrs.int("axis") }) };
  },
  examples: [
    { name: "largest", inputs: [floats([3, 5]), ints([2])], outputs: 2 },
    { name: "smallest along the first axis", inputs: [floats([4, 2]), ints([3])], attrs: { axis: 0, largest: 0 }, outputs: 2 },
    { name: "values only", inputs: [floats([2, 4, 2]), ints([2])], attrs: { axis: -2 } },
    { name: "ties", inputs: [floats([6], { values: [1, 3, 3, 0, 3, 1], constant: true }), ints([5])], outputs: 2 },
  ],
};
