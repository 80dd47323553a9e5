import { floats } from "./shared/examples.js";
import { one, variadic } from "./op.js";
import type { Op } from "./op.js";

/** mean = (Σ of all inputs)/n, broadcasting. */
export const Mean: Op<"data_0", "mean"> = {
  name: "Mean",
  since: [6, 8, 13],
  traits: { elementwise: true, arithmetic: "mean" },
  inputs: { data_0: variadic },
  outputs: { mean: one },
  attrs: {},
  decompose: ({ b, xs }) => [b.scale(b.sum(xs)!, 1 / xs.length)],
  examples: [
    { name: "three, broadcast", inputs: [floats([2, 3]), floats([3]), floats([2, 1])] },
    { name: "one", inputs: [floats([2, 3])] },
  ],
};
