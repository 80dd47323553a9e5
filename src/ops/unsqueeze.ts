import { int64s } from "../graph/tensor.js";
import { normalizeAxes } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import { rewritten } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** expanded = data with axes of size 1 put in, at the positions `axes` of the output. */
export const Unsqueeze: Op<"data" | "axes", "expanded"> = {
  name: "Unsqueeze",
  since: [1, 11, 13, 21, 23, 24, 25],
  traits: { moves: "rearranges" },
  inputs: { data: one, axes: { list: { scalar: true } } },
  outputs: { expanded: one },
  attrs: {},
  upgrade: ({ node, opset, constant, fail }) => {
    if (opset >= 13) return node;
    const { axes, ...attrs } = node.attrs;
    if (axes === undefined) return fail('lacks its attribute "axes"');
    return { ...node, attrs, inputs: [node.inputs[0]!, constant(int64s(axes as readonly number[]))] };
  },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    const given = Array.from(c.constant("axes").data);
    const rank = shape.length + given.length;
    const axes = new Set(normalizeAxes(given, rank, c.node.op));
    const rest = [...shape];
    return [{ dtype, shape: Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : rest.shift()!)) }];
  },
  evaluate: (c) => [{ ...c.x.data, shape: c.out[0]!.shape }],
  // data̅ = expanded̄ in the shape of data
  vjp: ({ b, x, g }) => ({ data: b.reshape(g.expanded, b.shape(x.data)) }),
  vmap: rewritten,
  examples: [
    { name: "front", inputs: [floats([2, 3]), ints([0])] },
    { name: "several, unsorted", inputs: [floats([2, 3]), ints([3, 0])] },
    { name: "negative", inputs: [floats([2, 3]), ints([-1, -3])] },
    { name: "scalar", inputs: [floats([]), ints([0])] },
  ],
};
