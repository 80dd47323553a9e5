import { int64s } from "../graph/tensor.js";
import { normalizeAxes } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import { rewritten } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** squeezed = data without the axes named by `axes`, all of size 1; without `axes`, every axis of size 1 goes. */
export const Squeeze: Op<"data" | "axes", "squeezed"> = {
  name: "Squeeze",
  since: [1, 11, 13, 21, 23, 24, 25],
  traits: { moves: "rearranges" },
  inputs: { data: one, axes: { optional: true, list: { scalar: true } } },
  outputs: { squeezed: one },
  attrs: {},
  upgrade: ({ node, opset, constant }) => {
    const { axes, ...attrs } = node.attrs;
    if (opset >= 13 || axes === undefined) return node;
    return { ...node, attrs, inputs: [node.inputs[0]!, constant(int64s(axes as readonly number[]))] };
  },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    const given = Array.from(c.optionalConstant("axes")?.data ?? []);
    const axes = new Set(given.length > 0 ? normalizeAxes(given, shape.length, c.node.op) : shape.flatMap((d, i) => (d === 1 ? [i] : [])));
    for (const a of axes) if (shape[a] !== 1) c.fail(`axis ${a} has size ${shape[a]}`, { expected: "size 1" });
    return [{ dtype, shape: shape.filter((_, i) => !axes.has(i)) }];
  },
  evaluate: (c) => [{ ...c.x.data, shape: c.out[0]!.shape }],
  // data̅ = squeezed̄ in the shape of data
  vjp: ({ b, x, g }) => ({ data: b.reshape(g.squeezed, b.shape(x.data)) }),
  vmap: rewritten,
  examples: [
    { name: "axes", inputs: [floats([1, 3, 1, 2]), ints([0])] },
    { name: "negative axes", inputs: [floats([1, 3, 1, 2]), ints([-2, 0])] },
    { name: "all", inputs: [floats([1, 3, 1])] },
    { name: "to a scalar", inputs: [floats([1]), ints([0])] },
  ],
};
