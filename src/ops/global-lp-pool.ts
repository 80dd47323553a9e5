import { floats } from "./shared/examples.js";
import { power, root } from "./shared/pool.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

const withoutRuntime = "onnxruntime has its kernel up to opset 21 only";

/** Y = (Σ |X|^p over all spatial axes)^(1/p), which are kept as 1; the derivative is 0 where all are zero. */
export const GlobalLpPool: Op<"X", "Y"> = {
  name: "GlobalLpPool",
  since: [2, 22],
  traits: { pools: "norm" },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { p: { kind: "int", default: 2 } },
  decompose: ({ b, x, attrs, fail }) => {
    const p = attrs.int("p");
    if (p < 1) fail(`its norm ${p} is not positive`);
    const axes = b
      .shape(x.X)
      .slice(2)
      .map((_, i) => i + 2);
    return [root(b, b.reduceSum(power(b, x.X, p), axes), p)];
  },
  examples: [
    { name: "image", inputs: [floats([2, 3, 4, 2])], withoutRuntime },
    { name: "p 3", inputs: [floats([2, 3, 4], { awayFromZero: 0.1 })], attrs: { p: 3 }, withoutRuntime },
    { name: "p 1", inputs: [floats([2, 3, 4], { awayFromZero: 0.1 })], attrs: { p: 1 }, withoutRuntime },
  ],
};
