import { normalizeAxis } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * yᵢ = Π x up to and with element i along `axis`; without element i if exclusive; from the end if reverse. Each step doubles the number of factors, so the
 * gradient needs no division and is right where factors are zero.
 */
export const CumProd: Op<"x" | "axis", "y"> = {
  name: "CumProd",
  since: [26],
  inputs: { x: one, axis: { list: { scalar: true, int32: true } } },
  outputs: { y: one },
  attrs: { exclusive: { kind: "flag", default: 0 }, reverse: { kind: "flag", default: 0 } },
  decompose: (c) => {
    const { b } = c;
    const shape = b.shape(c.x.x);
    const axis = normalizeAxis(c.constant("axis").data[0]!, shape.length, c.node.op);
    const size = shape[axis]!;
    const reverse = c.attrs.flag("reverse");
    /** The values moved by n places away from where the product begins, ones before them. */
    const moved = (v: string, n: number): string => {
      const ones = b.full(1, { dtype: b.dtype(v), shape: shape.map((d, i) => (i === axis ? n : d)) });
      const kept = reverse ? b.slice(v, [n], [size], [axis]) : b.slice(v, [0], [size - n], [axis]);
      return b.concat(reverse ? [kept, ones] : [ones, kept], axis);
    };
    let y = c.attrs.flag("exclusive") && size > 0 ? moved(c.x.x, 1) : c.x.x;
    for (let n = 1; n < size; n *= 2) y = b.mul(y, moved(y, n));
    return [y === c.x.x ? b.op("Identity", [y]) : y];
  },
  examples: [
    { name: "plain", inputs: [floats([2, 4]), ints([1], [])], withoutRuntime: "it is of opset 26" },
    { name: "exclusive", inputs: [floats([2, 5, 3]), ints([-2], [])], attrs: { exclusive: 1 }, withoutRuntime: "it is of opset 26" },
    {
      name: "reverse, with a zero",
      inputs: [floats([5], { values: [1.5, -2, 0, 3, 0.5] }), ints([0], [])],
      attrs: { reverse: 1 },
      withoutRuntime: "it is of opset 26",
    },
    {
      name: "both",
      inputs: [floats([3, 2]), { dtype: "int32", shape: [], values: [0], constant: true }],
      attrs: { exclusive: 1, reverse: 1 },
      withoutRuntime: "it is of opset 26",
    },
  ],
};
