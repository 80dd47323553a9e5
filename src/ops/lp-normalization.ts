import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { safeSqrt } from "./shared/reduction.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input/‖input‖ₚ along `axis`, p 1 or 2; a zero vector stays zero. */
export const LpNormalization: Op<"input", "output"> = {
  name: "LpNormalization",
  since: [1, 22],
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: -1 }, p: { kind: "int", default: 2 } },
  decompose: ({ b, x, attrs, node, fail }) => {
    const p = attrs.int("p");
    if (p !== 1 && p !== 2) fail("its norm is not known", { expected: "p 1 or 2", received: String(p) });
    const axes = [normalizeAxis(attrs.int("axis"), b.shape(x.input).length, node.op)];
    const norm = p === 1 ? b.reduceSum(b.op("Abs", [x.input]), axes) : safeSqrt(b, b.reduceSum(b.square(x.input), axes));
    return [b.div(x.input, b.where(b.equal(norm, b.scalar(0, norm)), b.scalar(1, norm), norm))];
  },
  examples: [
    { name: "p = 2", inputs: [floats([3, 4])] },
    { name: "p = 1, first axis", inputs: [floats([3, 4], { awayFromZero: 0.1 })], attrs: { p: 1, axis: 0 } },
  ],
};
