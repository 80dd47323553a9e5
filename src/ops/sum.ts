import { floats } from "./shared/examples.js";
import { one, variadic } from "./op.js";
import type { Op } from "./op.js";

/** sum = Σ of all inputs, broadcasting: a chain of Adds, so that a residual join is an Add whoever wrote the file. */
export const Sum: Op<"data_0", "sum"> = {
  name: "Sum",
  since: [6, 8, 13],
  traits: { elementwise: true, arithmetic: "sum" },
  inputs: { data_0: variadic },
  outputs: { sum: one },
  attrs: {},
  decompose: ({ b, xs }) => [b.sum(xs)],
  examples: [
    { name: "three, broadcast", inputs: [floats([2, 3]), floats([3]), floats([2, 1])] },
    { name: "one", inputs: [floats([2, 3])] },
  ],
};
