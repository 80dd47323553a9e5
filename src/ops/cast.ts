import { isFloat } from "../graph/tensor.js";
import type { DType } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input as another element type; floats are truncated towards zero on the way to integers. */
export const Cast: Op<"input", "output"> = {
  name: "Cast",
  since: [6, 9, 13, 19, 21, 23, 24, 25, 28],
  traits: { elementwise: true, casts: true },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { to: { kind: "dtype", required: true }, saturate: { kind: "int", default: 1 }, round_mode: { kind: "string", default: "up" } },
  infer: (c) => [{ dtype: c.attrs.dtype("to"), shape: c.type("input").shape }],
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const convert = conversion(c.x.input.dtype, out.dtype);
    for (let i = 0; i < out.data.length; i++) out.data[i] = convert(c.x.input.data[i]!);
    return [out];
  },
  // input̄ = output̄ cast back; the driver asks only where both are floats
  vjp: ({ b, x, g }) => ({ input: b.isFloat(x.input) && b.isFloat(g.output) ? b.cast(g.output, b.dtype(x.input)) : undefined }),
  examples: [
    { name: "float to double", inputs: [floats([2, 3])], attrs: { to: "float64" } },
    { name: "float to int truncates", inputs: [floats([4], { values: [1.9, -1.9, 0.5, 3] })], attrs: { to: "int64" } },
    { name: "float to bool", inputs: [floats([3], { values: [0, 0.5, -2] })], attrs: { to: "bool" } },
  ],
};

function conversion(from: DType, to: DType): (v: number) => number {
  if (to === "bool") return (v) => (v !== 0 ? 1 : 0);
  if (isFloat(from) && !isFloat(to)) return Math.trunc;
  return (v) => v;
}
