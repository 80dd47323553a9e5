import { formatType } from "../graph/tensor.js";
import { broadcastIndex, broadcastShape, result } from "./kit/elementwise.js";
import { floats, ints } from "./kit/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input broadcast against `shape` (both ways: a 1 in `shape` keeps the input's dim). */
export const Expand: Op<"input" | "shape", "output"> = {
  name: "Expand",
  since: [8, 13],
  inputs: { input: one, shape: one },
  outputs: { output: one },
  attrs: {},
  infer: (c) => {
    const input = c.type("input");
    const asked = Array.from(c.constant("shape").data);
    const shape = broadcastShape(input.shape, asked);
    if (!shape) return c.fail(`cannot expand ${formatType(input)} to [${asked.join(", ")}]`);
    return [{ dtype: input.dtype, shape }];
  },
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const index = broadcastIndex(c.x.input.shape, out.shape);
    for (let i = 0; i < index.length; i++) out.data[i] = c.x.input.data[index[i]!]!;
    return [out];
  },
  // input̄ = output̄; the driver sums it down
  vjp: ({ g }) => ({ input: g.output }),
  examples: [{ name: "broadcast", inputs: [floats([3, 1]), ints([2, 1, 4])] }],
};
