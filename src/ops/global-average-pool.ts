import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = the mean of X over all its spatial axes, which are kept as 1. */
export const GlobalAveragePool: Op<"X", "Y"> = {
  name: "GlobalAveragePool",
  since: [1, 22],
  traits: { pools: "mean" },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x }) => [
    b.reduceMean(
      x.X,
      b
        .shape(x.X)
        .slice(2)
        .map((_, i) => i + 2),
    ),
  ],
  examples: [
    { name: "image", inputs: [floats([2, 3, 4, 5])] },
    { name: "1-D", inputs: [floats([2, 3, 4])] },
    { name: "3-D", inputs: [floats([1, 2, 2, 3, 2])] },
  ],
};
